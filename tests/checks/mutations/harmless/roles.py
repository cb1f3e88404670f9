"""Variants of the roles that harm nobody: the same permissions written otherwise, and more denials."""

from __future__ import annotations

import json

from tests.checks.defects import (
    allow,
    boundary,
    changed_policy,
    each_harmless,
    extra_policy,
    harmless,
    managed_policy,
    policy,
    role_of,
)
from tests.checks.mutations.security.roles import LENT, attached, trust


@harmless
def statements_in_another_order(stack):
    return changed_policy(stack, "get_file", lambda statements: statements[::-1])


@harmless
def one_more_deny(stack):
    return extra_policy(stack, "list_files", {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"})


@harmless
def deny_without_tls(stack):
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return extra_policy(stack, "get_file", deny)


@harmless
def managed_instead_of_inline(stack):
    iam, role = stack.client("iam"), role_of(stack, "create_upload")
    before = iam.get_role_policy(RoleName=role, PolicyName="least")["PolicyDocument"]
    undo = managed_policy(stack, "create_upload", *before["Statement"])
    iam.delete_role_policy(RoleName=role, PolicyName="least")

    def back():
        iam.put_role_policy(RoleName=role, PolicyName="least", PolicyDocument=json.dumps(before))
        undo()

    return back


@harmless
def text_instead_of_list(stack):
    def change(statements):
        for statement in statements:
            statement["Resource"] = statement["Resource"][0]
            if len(statement["Action"]) == 1:
                statement["Action"] = statement["Action"][0].replace("s3:get", "s3:Get")
        return statements

    return changed_policy(stack, "get_file", change)


@harmless
def actions_in_lower_case(stack):
    def change(statements):
        for statement in statements:
            statement["Action"] = [action.lower() for action in statement["Action"]]
        return statements

    return changed_policy(stack, "delete_file", change)


@harmless
def logs_in_any_region(stack):
    def change(statements):
        statements[0]["Resource"] = [one.replace("us-east-1", "*") for one in statements[0]["Resource"]]
        return statements

    return changed_policy(stack, "list_files", change)


@harmless
def log_group_bare_and_with_star(stack):
    def change(statements):
        [arn] = statements[0]["Resource"]
        statements[0]["Resource"] = [arn.removesuffix(":*"), arn]
        return statements

    return changed_policy(stack, "list_files", change)


@harmless
def logging_as_aws_manages_it(stack):
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return managed_policy(stack, "create_upload", allow(actions, "*"))


@harmless
def tracing(stack):
    return extra_policy(stack, "get_file", allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"))


@harmless
def boundary_that_allows_the_needed(stack):
    return boundary(stack, "get_file", allow(["logs:*", "s3:*", "dynamodb:*"], "*"))


@harmless
def partition_by_string_equals(stack):
    def change(statements):
        statements[1]["Condition"] = {
            "ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": [stack.upload_bucket]}
        }
        return statements

    return changed_policy(stack, "list_files", change)


@harmless
def role_lent_to_lambda_of_this_account(stack):
    own = {"StringEquals": {"aws:SourceAccount": stack.account_id}}
    return trust(stack, {**LENT, "Principal": {"Service": ["lambda.amazonaws.com"]}, "Condition": own})


@harmless
def writing_where_it_is_triggered_is_denied_again(stack):
    uploads = f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"
    deny = {"Effect": "Deny", "Action": "s3:Put*", "Resource": uploads}
    return extra_policy(stack, "index_upload", allow("s3:PutObject", uploads), deny)


@each_harmless(
    streams=lambda arn: arn.removesuffix("*") + "log-stream:*",
    prefix=lambda arn: arn.replace("list-files", "*"),
    anywhere=lambda _: "arn:aws:logs:*:*:*",
)
def logs_permitted_as(stack, rename):
    def change(statements):
        statements[0]["Resource"] = [rename(statements[0]["Resource"][0])]
        return statements

    return changed_policy(stack, "list_files", change)


@harmless
def other_regions_denied(stack):
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": stack.region}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": elsewhere}
    return extra_policy(stack, "list_files", deny)


@each_harmless(
    this_function={"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:checked-get-file"}},
    this_region={"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    roles={"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
    tls={"Bool": {"aws:SecureTransport": "true"}},
)
def permitted_only_with(stack, condition):
    def change(statements):
        return [{**one, "Condition": {**one.get("Condition", {}), **condition}} for one in statements]

    return changed_policy(stack, "get_file", change)


@each_harmless(logs="service-role/AWSLambdaBasicExecutionRole", traces="AWSXRayDaemonWriteAccess")
def managed_by_aws(stack, name):
    return attached(stack, name)


@harmless
def much_allowed_within_a_boundary(stack):
    wide = extra_policy(stack, "list_files", allow("s3:*", "*"))
    bounded = boundary(stack, "list_files", allow(["logs:*", "dynamodb:Query"], "*"))
    return lambda: (bounded(), wide())


@harmless
def older_version_of_a_managed_policy(stack):
    """An old version that allows everything, and is not the one that counts."""
    iam, role = stack.client("iam"), role_of(stack, "list_files")
    made = iam.create_policy(PolicyName=f"{role}-versions", PolicyDocument=policy(allow("*", "*")))
    arn = made["Policy"]["Arn"]
    narrow = policy(allow("logs:PutLogEvents", "*"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=narrow, SetAsDefault=True)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)

    def undo():
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy(PolicyArn=arn)

    return undo
