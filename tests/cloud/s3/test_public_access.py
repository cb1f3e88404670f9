"""Strangers: a bucket opens by a policy or an ACL, and only when nothing blocks public access."""

import json

import pytest

from cloud.s3.public_access import is_public
from tests.cloud.s3.conftest import ask

ALL_OFF = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
)


def policy(bucket, action="s3:GetObject", on="/*", **more):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}{on}",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


@pytest.fixture
def url(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"meow")
    return f"{s3.meta.endpoint_url}/{bucket}/k"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_new_bucket_is_closed_to_strangers(url, method):
    answer = ask(url, method, b"x" if method == "PUT" else None)
    assert answer.status == 403
    if method != "HEAD":
        assert (answer.code, answer.error["Message"]) == ("AccessDenied", "Access Denied")
    assert ask(url.rpartition("/")[0]).code == "AccessDenied"
    assert ask(f"{url.rpartition('/')[0]}?policy").code == "AccessDenied"


def test_a_new_bucket_has_all_four_switches_on_and_acls_disabled(s3, bucket, refused):
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert controls == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    code, message, status = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")
    assert (code, message, status) == ("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
    assert refused(s3.put_bucket_acl, Bucket=bucket, ACL="private")[0] == "AccessControlListNotSupported"
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")


def test_an_acl_that_gives_all_to_the_owner_is_taken_where_acls_are_disabled(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_OwnershipControlsRule.html (BucketOwnerEnforced)"""
    found = s3.get_bucket_acl(Bucket=bucket)
    acl = {"Owner": found["Owner"], "Grants": found["Grants"]}
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy=acl)
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=acl)
    acl["Grants"] = [*found["Grants"], found["Grants"][0] | {"Permission": "READ"}]
    code, _, _ = refused(s3.put_object_acl, Bucket=bucket, Key="k", AccessControlPolicy=acl)
    assert code == "AccessControlListNotSupported"


def test_a_policy_lets_strangers_do_what_it_says_and_no_more(s3, bucket, url):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert ask(url).body == b"meow"
    assert ask(url, "PUT", b"x").code == "AccessDenied"
    assert (
        ask(url.replace("/k", "/missing")).code == "AccessDenied"
    )  # who may not list is not told what is there
    s3.delete_bucket_policy(Bucket=bucket)
    assert ask(url).code == "AccessDenied"


def test_who_may_list_is_told_what_is_missing(s3, public):
    missing = ask(f"{s3.meta.endpoint_url}/{public}/missing")
    assert (missing.status, missing.code, missing.error["Key"]) == (404, "NoSuchKey", "missing")


def test_a_condition_on_the_referer_or_the_address_counts_for_strangers(s3, bucket, url):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_OFF)
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=policy(bucket, Condition={"StringLike": {"aws:Referer": "http://app.example/*"}}),
    )
    assert ask(url).status == 403
    assert ask(url, Referer="http://app.example/page").body == b"meow"
    s3.put_bucket_policy(
        Bucket=bucket, Policy=policy(bucket, Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})
    )
    assert ask(url).body == b"meow"


def test_restricting_a_public_bucket_closes_it_again(s3, bucket, url):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=ALL_OFF | {"RestrictPublicBuckets": True}
    )
    assert ask(url).code == "AccessDenied"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}


def test_an_acl_opens_an_object_until_public_acls_are_ignored(s3, bucket, url):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert ask(url).body == b"meow"
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=ALL_OFF | {"IgnorePublicAcls": True}
    )
    assert ask(url).code == "AccessDenied"


def test_public_acls_are_refused_while_they_are_blocked(s3, bucket, url, refused):
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    for call in (
        lambda: s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read"),
        lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="authenticated-read"),
        lambda: s3.put_bucket_acl(
            Bucket=bucket, GrantRead="uri=http://acs.amazonaws.com/groups/global/AllUsers"
        ),
        lambda: s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=everyone(s3, bucket)),
    ):
        code, message, status = refused(call)
        assert (code, status) == ("AccessDenied", 403)
        assert "prevented by the BlockPublicAcls setting in S3 Block Public Access" in message
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")


def everyone(s3, bucket):
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    return {"Owner": owner, "Grants": [{"Grantee": group, "Permission": "READ"}]}


def test_a_new_bucket_takes_no_acl_unless_objects_belong_to_their_writers(s3, bucket, refused):
    asked = {"Bucket": f"{bucket}-new", "ACL": "public-read"}
    assert refused(s3.create_bucket, **asked)[0] == "InvalidBucketAclWithObjectOwnership"
    code, _, status = refused(s3.create_bucket, **asked, ObjectOwnership="ObjectWriter")
    assert (code, status) == ("InvalidBucketAclWithBlockPublicAccessError", 400)
    s3.create_bucket(Bucket=f"{bucket}-new", ACL="private")


def test_a_public_policy_is_refused_while_it_is_blocked(s3, bucket, refused):
    code, message, status = refused(s3.put_bucket_policy, Bucket=bucket, Policy=policy(bucket))
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith("prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
    mine = policy(bucket, Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})
    s3.put_bucket_policy(Bucket=bucket, Policy=mine)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringLike": {"aws:SourceAccount": "*"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"StringEquals": {"aws:Referer": "http://app.example/"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_a_policy_for_everybody_is_public_unless_fixed_values_restrict_it(condition, public):
    assert is_public(json.loads(policy("b", Condition=condition))) is public


ROLE = "arn:aws:iam::123456789012:role/nobody"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
        ({"Resource": []}, "Policy has invalid resource"),
        ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
        ({"Effect": "Permit"}, "Invalid effect: Permit"),
        ({"Principal": {"AWS": "ann"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": ROLE}}, "Invalid principal in policy"),
        ({"Principal": {"Who": "*"}}, "Invalid principal in policy"),
        ({"Condition": {"StringIs": {"aws:Referer": "x"}}}, "Invalid Condition type : StringIs"),
        ({"Condition": ["x"]}, "Invalid policy syntax."),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
    ],
)
def test_a_policy_that_can_mean_nothing_is_malformed(s3, bucket, refused, change, message):
    code, said, status = refused(s3.put_bucket_policy, Bucket=bucket, Policy=policy(bucket, **change))
    assert (code, said, status) == ("MalformedPolicy", message, 400)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000])
def test_a_policy_must_be_a_json_object(s3, bucket, refused, text):
    code, message, _ = refused(s3.put_bucket_policy, Bucket=bucket, Policy=text)
    assert (code, message) == (
        "MalformedPolicy",
        "Policies must be valid JSON and the first byte must be '{'",
    )


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("Principal", "Missing required field Principal"),
        ("Action", "Missing required field Action"),
        ("Resource", "Missing required field Resource"),
        ("Effect", "Missing required field Effect"),
    ],
)
def test_a_statement_says_who_may_do_what_to_which(s3, bucket, refused, member, message):
    whole = json.loads(policy(bucket))
    del whole["Statement"][0][member]
    assert refused(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps(whole))[1] == message


def test_the_owner_can_always_take_a_policy_back(s3, bucket):
    deny = policy(bucket, action="s3:*", on="", Effect="Deny")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny)
    with pytest.raises(Exception, match="explicit deny in a resource-based policy"):
        s3.list_objects_v2(Bucket=bucket)
    s3.delete_bucket_policy(Bucket=bucket)
    s3.list_objects_v2(Bucket=bucket)
