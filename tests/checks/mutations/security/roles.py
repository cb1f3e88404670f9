"""Single defects of the roles: too much or too little allowed, by whose policy, and who takes them on."""

from __future__ import annotations

import json

from tests.checks.defects import (
    OTHER,
    allow,
    boundary,
    bucket_grants,
    bucket_policy,
    changed_policy,
    defect,
    each,
    extra_policy,
    managed_policy,
    policy,
    role_of,
    site_policy,
    without,
)


@defect("SECURITY-6")
def bucket_lets_the_list_function_delete(stack):
    return bucket_grants(stack, "list_files", "s3:DeleteObject")


@defect("SECURITY-6")
def bucket_lets_every_role_of_the_account_read(stack):
    own = {"StringEquals": {"aws:PrincipalAccount": stack.account_id}}
    return bucket_grants(stack, "list_files", "s3:GetObject", Principal="*", Condition=own)


@defect("SECURITY-6")
def bucket_denies_tickets(stack):
    return bucket_grants(stack, "create_upload", "s3:PutObject", Effect="Deny", Principal="*")


@each(
    "SECURITY-6",
    all_but_an_admin={"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/admin"}},
    all_with_tls={"Bool": {"aws:SecureTransport": "true"}},
    all_links={"StringEquals": {"s3:authType": "REST-QUERY-STRING"}},
    all_from_outside={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
)
def bucket_denies(stack, condition):
    return bucket_grants(stack, "get_file", "s3:GetObject", Effect="Deny", Principal="*", Condition=condition)


@defect("SECURITY-6")
def bucket_denies_tickets_that_ask_for_no_encryption(stack):
    condition = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    return bucket_grants(
        stack, "create_upload", "s3:PutObject", Effect="Deny", Principal="*", Condition=condition
    )


@defect("SECURITY-6")
def bucket_denies_all_but_another_folder(stack):
    folder = f"arn:aws:s3:::{stack.upload_bucket}/outgoing/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "NotResource": folder}
    return bucket_policy(stack, stack.upload_bucket, {"Sid": "Mutant", **deny})


@defect("SECURITY-6")
def bucket_lets_a_session_of_the_list_function_delete(stack):
    role, function = role_of(stack, "list_files"), stack.functions["list_files"].name
    session = f"arn:aws:sts::{stack.account_id}:assumed-role/{role}/{function}"
    return bucket_grants(stack, "list_files", "s3:DeleteObject", Principal={"AWS": session})


@defect("SECURITY-6")
def site_lets_the_list_function_publish(stack):
    role = f"arn:aws:iam::{stack.account_id}:role/{role_of(stack, 'list_files')}"
    given = allow("s3:PutObject", f"arn:aws:s3:::{stack.site_bucket}/*")
    return site_policy(stack, {"Sid": "Mutant", "Principal": {"AWS": role}, **given})


@each(
    "SECURITY-6",
    everything=lambda _: allow("*", "*"),
    all_of_s3=lambda _: allow("s3:*", "*"),
    delete_bucket=lambda stack: allow("s3:DeleteBucket", f"arn:aws:s3:::{stack.upload_bucket}"),
    other_bucket=lambda _: allow("s3:GetObject", "arn:aws:s3:::somebody-elses-bucket/*"),
    one_named_bucket=lambda _: allow(["s3:PutObject"], ["arn:aws:s3:::backups-of-finance/*"]),
    beside_the_prefix=lambda stack: allow("s3:GetObject", f"arn:aws:s3:::{stack.upload_bucket}/*"),
    some_other_folder=lambda stack: allow("s3:GetObject", f"arn:aws:s3:::{stack.upload_bucket}/private/*"),
    delete_table=lambda stack: allow("dynamodb:DeleteTable", stack.table_arn),
    scan=lambda stack: allow("dynamodb:Scan", stack.table_arn),
    writes_records=lambda stack: allow("dynamodb:PutItem", stack.table_arn),
    other_table=lambda stack: allow("dynamodb:Query", stack.table_arn.replace("-metadata", "-salaries")),
    any_table=lambda stack: allow("dynamodb:Query", f"{stack.table_arn.rpartition('/')[0]}/*"),
    other_partitions=lambda stack: allow("dynamodb:Query", stack.table_arn),
    passes_roles=lambda _: allow("iam:PassRole", "*"),
    writes_its_own_policy=lambda _: allow(["iam:PutRolePolicy"], "*"),
    unusual_action=lambda stack: allow("s3:PutBucketAcl", f"arn:aws:s3:::{stack.upload_bucket}"),
    all_but_iam=lambda _: {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    deletes_its_logs=lambda _: allow("logs:DeleteLogGroup", "*"),
    from_an_address=lambda _: allow("s3:*", "*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    reads_a_secret=lambda _: allow("secretsmanager:GetSecretValue", "*"),
    with_some_token=lambda _: allow(
        "s3:DeleteBucket", "*", Condition={"Null": {"aws:TokenIssueTime": "false"}}
    ),
    updates_functions=lambda _: allow("lambda:UpdateFunctionCode", "*"),
    all_of_ec2=lambda _: allow("ec2:*", "*"),
    all_of_a_service_that_nobody_knows=lambda _: allow("braket:*", "*"),
    all_of_cloudwatch=lambda _: allow("cloudwatch:*", "*"),
    publishes_anywhere=lambda _: allow("sns:*", "*"),
    batches=lambda stack: allow("dynamodb:Batch*", stack.table_arn),
    partiql=lambda stack: allow("dynamodb:PartiQL*", stack.table_arn),
    all_but_one_partition=lambda stack: allow(
        "dynamodb:Query",
        stack.table_arn,
        Condition={"ForAllValues:StringNotEquals": {"dynamodb:LeadingKeys": ["private"]}},
    ),
    any_partition_like=lambda stack: allow(
        "dynamodb:Query",
        stack.table_arn,
        Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["checked-*"]}},
    ),
    in_another_region=lambda _: allow(
        "s3:DeleteObject", "*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    ),
    without_tls=lambda _: allow("s3:DeleteObject", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    all_but_the_site=lambda stack: {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "NotResource": f"arn:aws:s3:::{stack.site_bucket}/*",
    },
    any_bucket_of_that_prefix=lambda _: allow("s3:GetObject", "arn:aws:s3:::*/incoming/*"),
    in_upper_case=lambda stack: allow("S3:DELETEOBJECT", f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"),
    rewrites_the_page=lambda stack: allow("s3:PutObject", f"arn:aws:s3:::{stack.site_bucket}/config.json"),
)
def list_function_also_may(stack, statement):
    return extra_policy(stack, "list_files", statement(stack))


@each(
    "SECURITY-6",
    acl_of_an_upload=("create_upload", "s3:PutObject*"),
    all_about_an_upload=("get_file", "s3:GetObject*"),
    versions=("delete_file", "s3:DeleteObject*"),
    deletion=("index_upload", "s3:DeleteObject"),
)
def function_also_may(stack, case):
    short, action = case
    uploads = f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"
    return extra_policy(stack, short, allow(action, uploads))


def attached(stack, name):
    """The list function's role with one of AWS's own policies."""
    iam = stack.client("iam")
    both = {"RoleName": role_of(stack, "list_files"), "PolicyArn": f"arn:aws:iam::aws:policy/{name}"}
    iam.attach_role_policy(**both)
    return lambda: iam.detach_role_policy(**both)


@each(
    "SECURITY-6",
    **{
        name: name
        for name in ("AdministratorAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2FullAccess", "IAMFullAccess")
    },
)
def aws_managed_policy(stack, name):
    return attached(stack, name)


@defect("SECURITY-6")
def managed_policy_too_wide(stack):
    return managed_policy(stack, "get_file", allow("dynamodb:*", "*"))


@defect("SECURITY-6")
def partition_condition_removed(stack):
    def change(statements):
        return [{name: value for name, value in one.items() if name != "Condition"} for one in statements]

    return changed_policy(stack, "get_file", change)


@defect("SECURITY-6")
def tickets_for_the_whole_bucket(stack):
    def change(statements):
        statements[1]["Resource"] = [f"arn:aws:s3:::{stack.upload_bucket}/*"]
        return statements

    return changed_policy(stack, "create_upload", change)


@each(
    "SECURITY-6",
    ticket=("create_upload", "s3:PutObject"),
    list=("list_files", "dynamodb:Query"),
    get_record=("get_file", "dynamodb:GetItem"),
    get_object=("get_file", "s3:GetObject"),
    delete_object=("delete_file", "s3:DeleteObject"),
    index_look=("index_upload", "s3:ListBucket"),
)
def needed_permission_lost(stack, case):
    short, action = case
    return changed_policy(stack, short, without(action))


@defect("SECURITY-6")
def needed_permission_denied(stack):
    deny = {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"}
    return extra_policy(stack, "list_files", deny)


@defect("SECURITY-6")
def boundary_without_the_table(stack):
    return boundary(stack, "list_files", allow(["logs:*", "s3:*"], "*"))


def trust(stack, *statements):
    """The delete function's role with another trust policy."""
    iam, role = stack.client("iam"), role_of(stack, "delete_file")
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy(*statements))
    return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


LENT = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@each(
    "SECURITY-6",
    everybody="*",
    this_account={"AWS": "arn:aws:iam::123456789012:root"},
    another_account={"AWS": f"arn:aws:iam::{OTHER}:root"},
    another_service={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
)
def role_lent_to(stack, principal):
    return trust(stack, LENT, {**LENT, "Principal": principal})


@each(
    "SECURITY-6",
    to_ec2=[{**LENT, "Principal": {"Service": "ec2.amazonaws.com"}}],
    for_tags_only=[{**LENT, "Action": "sts:TagSession"}],
    and_denied=[LENT, {**LENT, "Effect": "Deny"}],
    for_another_account=[{**LENT, "Condition": {"StringEquals": {"aws:SourceAccount": OTHER}}}],
)
def role_not_lent(stack, statements):
    return trust(stack, *statements)
