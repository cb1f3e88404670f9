"""IAM's simulator says what really happens: it asks the engine that enforces."""

import boto3
import pytest

from tests.cloud.identity.conftest import allow, deny, document

INCOMING = "arn:aws:s3:::uploads/incoming/cat.png"


def simulated(session, *actions, resources=(), **asked):
    answer = boto3.client("iam").simulate_principal_policy(
        PolicySourceArn=session.role_arn, ActionNames=actions, ResourceArns=list(resources), **asked
    )
    return answer["EvaluationResults"]


def test_one_result_an_action_with_each_resource_inside(assume):
    session = assume(allow("s3:GetObject", on="arn:aws:s3:::uploads/*"), deny("s3:DeleteObject"))
    read, delete = simulated(
        session, "s3:GetObject", "s3:DeleteObject", resources=[INCOMING, "arn:aws:s3:::other/x"]
    )
    inside = [
        (one["EvalResourceName"], one["EvalResourceDecision"]) for one in read["ResourceSpecificResults"]
    ]
    assert inside == [(INCOMING, "allowed"), ("arn:aws:s3:::other/x", "implicitDeny")]
    assert read["EvalDecision"] == "implicitDeny"
    assert delete["EvalDecision"] == "explicitDeny"
    assert delete["MatchedStatements"][0]["SourcePolicyId"] == f"role_{session.role}_inline"


def test_a_single_resource_is_named_at_the_top(assume):
    [result] = simulated(assume(allow("s3:*")), "s3:GetObject", resources=[INCOMING])
    assert (result["EvalResourceName"], result["EvalDecision"]) == (INCOMING, "allowed")


def test_without_resources_the_question_is_about_any(assume):
    session = assume(allow("s3:GetObject", on="arn:aws:s3:::uploads/*"))
    [result] = simulated(session, "s3:GetObject")
    assert (result["EvalResourceName"], result["EvalDecision"]) == ("*", "implicitDeny")


def test_circumstances_are_asked_for_and_then_counted(assume):
    session = assume(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "incoming/*"}}))
    [unknown] = simulated(session, "s3:ListBucket", resources=["arn:aws:s3:::uploads"])
    assert unknown["EvalDecision"] == "implicitDeny"
    assert unknown["ResourceSpecificResults"][0]["MissingContextValues"] == ["s3:prefix"]
    entry = {"ContextKeyName": "s3:prefix", "ContextKeyValues": ["incoming/a"], "ContextKeyType": "string"}
    [known] = simulated(session, "s3:ListBucket", resources=["arn:aws:s3:::uploads"], ContextEntries=[entry])
    assert known["EvalDecision"] == "allowed"


def test_a_boundary_counts_and_is_told(assume):
    session = assume(allow("s3:*"), boundary=[allow("s3:GetObject")])
    read, write = simulated(session, "s3:GetObject", "s3:PutObject", resources=[INCOMING])
    assert read["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    assert write["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert write["EvalDecision"] == "implicitDeny"


def test_policies_of_the_call_alone(aws):
    answer = boto3.client("iam").simulate_custom_policy(
        PolicyInputList=[document(allow("dynamodb:Query"))], ActionNames=["dynamodb:Query", "dynamodb:Scan"]
    )
    assert [one["EvalDecision"] for one in answer["EvaluationResults"]] == ["allowed", "implicitDeny"]


@pytest.mark.parametrize(
    ("statements", "action", "may"),
    [
        ([allow("s3:ListBucket")], "s3:ListBucket", True),
        ([allow("s3:ListBucket"), deny("s3:List*")], "s3:ListBucket", False),
        ([allow("s3:GetObject")], "s3:ListBucket", False),
        ([{"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}], "s3:ListBucket", True),
    ],
)
def test_the_simulator_and_the_call_agree(assume, bucket, refused, statements, action, may):
    session = assume(*statements)
    [result] = simulated(session, action, resources=[f"arn:aws:s3:::{bucket}"])
    assert (result["EvalDecision"] == "allowed") is may
    if may:
        session.client("s3").list_objects_v2(Bucket=bucket)
    else:
        refused(session.client("s3").list_objects_v2, Bucket=bucket)


def test_a_role_that_does_not_exist_and_a_broken_policy_are_refused(aws, refused):
    iam = boto3.client("iam")
    nobody = f"arn:aws:iam::{aws.account_id}:role/nobody"
    code, message, status = refused(
        iam.simulate_principal_policy, PolicySourceArn=nobody, ActionNames=["s3:GetObject"]
    )
    assert (code, status) == ("NoSuchEntity", 404)
    assert "nobody" in message
    assert (
        refused(iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])[0]
        == "InvalidInput"
    )


def test_the_condition_keys_of_a_policy_are_listed(aws):
    keyed = allow(
        "s3:*", on="arn:aws:s3:::b/${aws:username}/*", Condition={"Bool": {"aws:SecureTransport": "true"}}
    )
    answer = boto3.client("iam").get_context_keys_for_custom_policy(PolicyInputList=[document(keyed)])
    assert answer["ContextKeyNames"] == ["aws:SecureTransport", "aws:username"]
