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


def test_a_matched_statement_is_found_again_by_line_and_column(aws):
    text = """{
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Deny",
         "Action": "s3:GetObject", "Resource": "*"}
      ]
    }"""
    [result] = boto3.client("iam").simulate_custom_policy(
        PolicyInputList=[text], ActionNames=["s3:GetObject"]
    )["EvaluationResults"]
    [deny] = result["MatchedStatements"]
    assert (deny["SourcePolicyId"], deny["SourcePolicyType"]) == ("PolicyInputList.1", "IAM Policy")
    assert deny["StartPosition"] == {"Line": 5, "Column": 9}
    assert deny["EndPosition"] == {"Line": 6, "Column": 51}
    lines = text.splitlines()
    assert lines[4][8] == "{"
    assert lines[5][50] == "}"


def test_boundaries_of_the_call_stand_in_for_the_roles_own(assume):
    session = assume(allow("s3:*"), boundary=[allow("s3:GetObject")])
    limit = document(allow("s3:PutObject"))
    [result] = simulated(session, "s3:PutObject", PermissionsBoundaryPolicyInputList=[limit])
    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_a_resource_policy_needs_somebody_who_asks(assume, bucket, refused):
    session, iam = assume(), boto3.client("iam")
    named = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", Principal={"AWS": session.role_arn})
    asked = {
        "PolicyInputList": [document(allow("s3:PutObject"))],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [f"arn:aws:s3:::{bucket}/k"],
        "ResourcePolicy": document(named),
    }
    assert refused(iam.simulate_custom_policy, **asked)[0] == "InvalidInput"
    [result] = iam.simulate_custom_policy(**asked, CallerArn=session.role_arn)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"


def test_many_results_come_in_pages(aws):
    actions = [f"s3:Get{letter}" for letter in "ABCDE"]
    iam, asked = boto3.client("iam"), {"PolicyInputList": [document(allow("s3:*"))], "ActionNames": actions}
    first = iam.simulate_custom_policy(**asked, MaxItems=3)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (3, True)
    rest = iam.simulate_custom_policy(**asked, Marker=first["Marker"])
    assert [one["EvalActionName"] for one in rest["EvaluationResults"]] == actions[3:]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"ActionNames": ["GetObject"]}, "Invalid Action: GetObject"),
        (
            {"ActionNames": ["s3:GetObject"], "PolicyInputList": ["[]"]},
            "The policy document is not valid JSON",
        ),
        (
            {"ActionNames": ["s3:GetObject"], "CallerArn": "ann"},
            "does not clearly define entity type and name",
        ),
    ],
)
def test_questions_that_make_no_sense_are_refused(aws, refused, asked, message):
    policies = {"PolicyInputList": [document(allow("s3:*"))]}
    code, said, status = refused(boto3.client("iam").simulate_custom_policy, **(policies | asked))
    assert (code, status) == ("InvalidInput", 400)
    assert message in said
