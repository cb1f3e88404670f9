"""Single defects of the security row, each with the rules that must say so."""

from __future__ import annotations

import json
import secrets

from tests.checks.defects import (
    OTHER,
    allow,
    api_of,
    boundary,
    bucket_grants,
    bucket_policy,
    changed_policy,
    defect,
    each,
    extra_policy,
    managed_policy,
    permission,
    policy,
    published,
    role_of,
    site_policy,
    variables,
    without,
)


@each(
    "SECURITY-1",
    **{
        switch: switch
        for switch in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    },
)
def switch_off(stack, switch):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**before, switch: False})
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@defect("SECURITY-1")
def public_access_block_deleted(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@each(
    "SECURITY-2",
    everybody_reads={"Principal": "*", "Action": "s3:GetObject"},
    everybody_by_aws_star={"Principal": {"AWS": "*"}, "Action": "s3:*"},
    another_account={"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "s3:PutObject"},
    another_account_by_number={"Principal": {"AWS": [OTHER]}, "Action": ["s3:GetObject"]},
    all_but_one={"NotPrincipal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "s3:GetObject"},
    another_service={"Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject"},
    from_any_address={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringLike": {"aws:Referer": "*"}},
    },
    all_but_deletion={"Principal": "*", "NotAction": "s3:DeleteObject"},
    own_account_and_everybody={"Principal": {"AWS": ["123456789012", "*"]}, "Action": "s3:GetObject"},
    all_other_accounts={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
    },
    whoever_names_no_account={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}},
    },
    a_bucket_named_like_the_account={
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs-123456789012"}},
    },
    any_network={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringLike": {"aws:SourceVpc": "*"}},
    },
)
def uploads_let_in(stack, statement):
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    given = {"Sid": "Mutant", "Effect": "Allow", "Resource": resource, **statement}
    return bucket_policy(stack, stack.upload_bucket, given, public=True)


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


@each("SECURITY-3", object_writer="ObjectWriter", preferred="BucketOwnerPreferred", none=None)
def acls_in_force(stack, ownership):
    s3, bucket = stack.client("s3"), stack.upload_bucket

    def put(value):
        controls = {"Rules": [{"ObjectOwnership": value}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)

    put(ownership) if ownership else s3.delete_bucket_ownership_controls(Bucket=bucket)
    return lambda: put("BucketOwnerEnforced")


@each(
    "SECURITY-5",
    of_tickets=("create_upload", "86400"),
    of_links=("get_file", "604800"),
    never=("get_file", "0"),
)
def long_life(stack, case):
    short, seconds = case
    return variables(stack, short, URL_EXPIRES=seconds)


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


@defect("SECURITY-7")
def any_api_may_invoke(stack):
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com")


@defect("SECURITY-7")
def every_api_of_the_account_may_invoke(stack):
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:*/*/GET/files"
    return permission(stack, "list_files", Principal="apigateway.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def api_may_invoke_the_index_function(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/*"
    return permission(stack, "index_upload", Principal="apigateway.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def bucket_may_invoke_the_list_function(stack):
    own = {"SourceArn": f"arn:aws:s3:::{stack.upload_bucket}", "SourceAccount": stack.account_id}
    return permission(stack, "list_files", Principal="s3.amazonaws.com", **own)


@defect("SECURITY-7")
def bucket_without_its_account(stack):
    source = f"arn:aws:s3:::{stack.upload_bucket}"
    return permission(stack, "index_upload", "s3", Principal="s3.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def any_bucket_of_the_account(stack):
    return permission(
        stack, "index_upload", "s3", Principal="s3.amazonaws.com", SourceAccount=stack.account_id
    )


@each(
    "SECURITY-7",
    everybody={"Principal": "*"},
    another_account={"Principal": OTHER},
    another_service={"Principal": "events.amazonaws.com"},
)
def also_invoked_by(stack, statement):
    return permission(stack, "delete_file", **statement)


@defect("SECURITY-7")
def open_function_url(stack):
    """The statement that opens a function URL to everybody; the embedded cloud has no such URLs."""
    everybody = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
    return permission(stack, "get_file", **everybody)


@each(
    "SECURITY-8",
    list=("s3:ListBucket", ""),
    write=("s3:PutObject", "/*"),
    everything=("s3:*", "/*"),
    read_and_delete=(["s3:GetObject", "s3:DeleteObject"], "/*"),
)
def site_lets_everybody(stack, case):
    action, path = case
    resource = f"arn:aws:s3:::{stack.site_bucket}{path}"
    return site_policy(stack, {"Sid": "Mutant", "Principal": "*", **allow(action, resource)})


@defect("SECURITY-8")
def site_is_closed(stack):
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before)


@defect("SECURITY-8")
def site_lets_read_only_the_first_file(stack):
    arn = f"arn:aws:s3:::{stack.site_bucket}/index.html"
    return bucket_policy(stack, stack.site_bucket, {"Principal": "*", **allow("s3:GetObject", arn)})


@each(
    "SECURITY-8",
    all="s3:GetObject on *",
    one="s3:GetObject on config.json",
    scripts="s3:Get* on *.js",
)
def site_denies(stack, what):
    action, _, keys = what.partition(" on ")
    resource = f"arn:aws:s3:::{stack.site_bucket}/{keys}"
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return site_policy(stack, {"Sid": "Mutant", **deny})


@defect("SECURITY-8")
def site_lets_only_one_address_read(stack):
    address = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    given = allow("s3:GetObject", f"arn:aws:s3:::{stack.site_bucket}/*", Condition=address)
    return bucket_policy(stack, stack.site_bucket, {"Principal": "*", **given})


@defect("SECURITY-8")
def page_is_blocked(stack):
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    blocked = {**before, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@each(
    "SECURITY-8",
    access_key=(
        "debug.js",
        lambda: (
            "const key = "
            f"'AKIA{'Q' * 3}{secrets.token_hex(16).upper().translate(str.maketrans('0189', 'ABCD'))[:13]}';"
        ),
    ),
    secret_key=("notes.txt", lambda: "aws_secret_access_key = wJa1rXUt3FEMI/K7MDENG+bPxRfiCYzQ9aB2cD4e"),
    password=(".env", lambda: 'DB_PASSWORD="' + secrets.token_urlsafe(12) + '"'),
    unquoted=("backup/.env", lambda: "DB_HOST=db\nDB_PASSWORD=correcthorsebattery\n"),
    private_key=("old/server.pem", lambda: "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"),
    token=("app-old.js", lambda: f'headers: {{"Authorization": "Bearer {"ghp_" + "a1B2" * 9}"}}'),
    comment=("app-old.js", lambda: "// admin password: correcthorsebattery"),
    short=("app-old.js", lambda: "const password = 'hunter2';"),
    webhook=("app-old.js", lambda: "'https://hooks.slack.com/services/T0AB/B0CD/" + "a1B2" * 6 + "'"),
    connection=("web.config", lambda: "Server=db;User Id=sa;Password=hunter22;"),
    basic=("app-old.js", lambda: "headers.Authorization = 'Basic YWRtaW46aHVudGVyMjI0NA=='"),
    key_id_with_digits=("app-old.js", lambda: "const id = '" + "AKIA" + "1234567890ABCDEF';"),
)
def published_secret(stack, case):
    key, content = case
    return published(stack, key, content())


@each(
    "SECURITY-9",
    password={"DB_PASSWORD": "correct-horse-battery"},
    token={"GITHUB": "ghp_" + "a1B2" * 9},
    key={"PAYMENTS": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"},
    address={"DATABASE": "postgres://admin:hunter22@db.example.org/files"},
    address_without_a_name={"CACHE": "redis://:hunter22@cache.example.org:6379/0"},
    short_name={"DB_PASS": "hunter22"},
    signing_key={"SIGNING_KEY": "a1B2c3D4e5f6"},
    connection={"DATABASE": "Server=db;User Id=sa;Password=hunter22;"},
)
def secret_in_environment(stack, found):
    return variables(stack, "get_file", **found)
