"""Sessions of a role: who may begin one, what it may do, and when it ends."""

import boto3

from tests.cloud.identity.conftest import allow, document


def test_a_session_says_whose_it_is(aws, assume):
    session = assume()
    who = session.client("sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/{session.role}/probe"
    assert who["UserId"].startswith("AROA")
    assert who["UserId"].endswith(":probe")


def test_the_owner_is_the_account_root(aws):
    who = boto3.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (aws.account_id, f"arn:aws:iam::{aws.account_id}:root")


def test_a_role_that_trusts_somebody_else_refuses(aws, refused):
    role = boto3.client("iam").create_role(
        RoleName="for-lambda",
        AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]["Arn"]
    code, message, status = refused(boto3.client("sts").assume_role, RoleArn=role, RoleSessionName="probe")
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {role}")


def test_an_external_id_is_asked_for_where_the_trust_policy_wants_one(aws, assume, refused):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": aws.account_id},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
    }
    session = assume(trust=trust, ExternalId="42")
    code, _, _ = refused(boto3.client("sts").assume_role, RoleArn=session.role_arn, RoleSessionName="probe")
    assert code == "AccessDenied"


def test_a_session_longer_than_the_role_allows_is_refused(assume, refused):
    session, sts = assume(), boto3.client("sts")
    asked = {"RoleArn": session.role_arn, "RoleSessionName": "probe"}
    _, long, _ = refused(sts.assume_role, **asked, DurationSeconds=3601)
    assert long == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def test_a_session_name_with_a_space_is_refused(assume, refused):
    session = assume()
    code, message, _ = refused(
        boto3.client("sts").assume_role, RoleArn=session.role_arn, RoleSessionName="two words"
    )
    assert code == "ValidationError"
    assert "Value 'two words' at 'roleSessionName'" in message


def test_a_session_of_a_session_lasts_an_hour_at_most(aws, assume, refused):
    first = assume(allow("sts:AssumeRole"))
    second = assume()
    boto3.client("iam").update_role(RoleName=second.role, MaxSessionDuration=7200)
    asked = {"RoleArn": second.role_arn, "RoleSessionName": "chained"}
    first.client("sts").assume_role(**asked)
    _, message, _ = refused(first.client("sts").assume_role, **asked, DurationSeconds=7200)
    assert "1 hour session limit" in message


def test_a_key_without_its_token_is_unknown(assume, refused):
    session = assume()
    given = session.get_credentials()
    bare = boto3.Session(given.access_key, given.secret_key)
    assert refused(bare.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
    assert refused(bare.client("s3").list_buckets)[0] == "InvalidAccessKeyId"
