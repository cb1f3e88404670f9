"""The table: single defects with the rules that must say so, and harmless variants about which none may."""

from __future__ import annotations

import json
import secrets

from dashboard.stack import Stack
from tests.checks.defects import (
    DEFECTS,
    HARMLESS,
    Undo,
    allow,
    api_cors,
    api_of,
    boundary,
    bucket_cors,
    bucket_policy,
    changed_policy,
    defect,
    each,
    extra_policy,
    filtered,
    harmless,
    led,
    managed_policy,
    more_route,
    notifications,
    origin_of,
    permission,
    published,
    role_of,
    route,
    site_policy,
    target_of,
    trigger,
    variables,
    without,
)

OTHER = "210987654321"  # somebody else's account
ELSEWHERE = "https://evil.example"

# ---- Security --------------------------------------------------------------------------------------


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
)
def uploads_let_in(stack, statement):
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    given = {"Sid": "Mutant", "Effect": "Allow", "Resource": resource, **statement}
    return bucket_policy(stack, stack.upload_bucket, given, public=True)


def bucket_grants(stack, short, action, **more):
    role = f"arn:aws:iam::{stack.account_id}:role/{role_of(stack, short)}"
    given = allow(action, f"arn:aws:s3:::{stack.upload_bucket}/incoming/*")
    statement = {"Sid": "Mutant", "Principal": {"AWS": role}, **given, **more}
    return bucket_policy(stack, stack.upload_bucket, statement)


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
)
def list_function_also_may(stack, statement):
    return extra_policy(stack, "list_files", statement(stack))


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


@each(
    "SECURITY-6",
    this_account={"AWS": "arn:aws:iam::123456789012:root"},
    another_account={"AWS": f"arn:aws:iam::{OTHER}:root"},
    another_service={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
)
def role_lent_to(stack, principal):
    iam, role = stack.client("iam"), role_of(stack, "delete_file")
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    after = json.loads(json.dumps(before))
    after["Statement"].append({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
    return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


@defect("SECURITY-7")
def any_api_may_invoke(stack):
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com")


@defect("SECURITY-7")
def every_api_of_the_account_may_invoke(stack):
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:*/*/GET/files"
    return permission(stack, "list_files", Principal="apigateway.amazonaws.com", SourceArn=source)


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
)
def secret_in_environment(stack, found):
    return variables(stack, "get_file", **found)


# ---- CORS ------------------------------------------------------------------------------------------


@each(
    "CORS-1",
    "CORS-3",
    everything=lambda _: ["*"],
    all_https=lambda _: ["https://*"],
    all_http=lambda _: ["http://*"],
    two=lambda origin: [origin, ELSEWHERE],
    foreign=lambda _: [ELSEWHERE],
    other_scheme=lambda origin: [origin.replace("http:", "https:")],
    other_port=lambda origin: [origin.rpartition(":")[0] + ":1"],
    local=lambda origin: [origin, "http://localhost:3000"],
)
def api_allows(stack, origins):
    return api_cors(stack, AllowOrigins=origins(origin_of(stack)))


@defect("CORS-1")
def api_allows_credentials(stack):
    return api_cors(stack, AllowCredentials=True)


@defect("CORS-1", "CORS-3", "CORS-4")
def api_cors_deleted(stack):
    undo = api_cors(stack)
    client, api = api_of(stack)
    client.delete_cors_configuration(ApiId=api)
    return undo


def origins_of_rules(rules, origins):
    return [{**rule, "AllowedOrigins": origins} for rule in rules]


@each(
    "CORS-2",
    "CORS-3",
    everything=lambda _: ["*"],
    all_http=lambda _: ["http://*"],
    two=lambda origin: [origin, ELSEWHERE],
    slash=lambda origin: [origin + "/"],
    look_alike=lambda origin: [origin + ".evil.example"],
)
def bucket_allows(stack, origins):
    found = origins(origin_of(stack))
    return bucket_cors(stack, lambda rules: origins_of_rules(rules, found))


@defect("CORS-2", "CORS-3")
def second_rule_for_a_stranger(stack):
    return bucket_cors(stack, lambda rules: [*rules, *origins_of_rules(rules, [ELSEWHERE])])


@defect("CORS-2", "CORS-3", "CORS-4")
def bucket_cors_deleted(stack):
    return bucket_cors(stack, lambda _: [])


@each(
    "CORS-4",
    method={"AllowedMethods": ["PUT", "DELETE"]},
    other_method={"AllowedMethods": ["POST"]},
    any_header={"AllowedHeaders": ["*"]},
    no_header={"AllowedHeaders": []},
    more_headers={"AllowedHeaders": ["content-type", "x-amz-acl"]},
)
def bucket_rule(stack, changes):
    return bucket_cors(stack, lambda rules: [{**rules[0], **changes}])


@each(
    "CORS-4",
    any_method={"AllowMethods": ["*"]},
    put={"AllowMethods": ["DELETE", "GET", "POST", "PUT"]},
    no_delete={"AllowMethods": ["GET", "POST"]},
    any_header={"AllowHeaders": ["*"]},
    no_header={"AllowHeaders": []},
    authorization={"AllowHeaders": ["content-type", "authorization"]},
)
def api_rule(stack, changes):
    return api_cors(stack, **changes)


def website(stack, change) -> Undo:
    """The site bucket's website, changed; None deletes it."""
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = {"IndexDocument": s3.get_bucket_website(Bucket=bucket)["IndexDocument"]}
    if after := change(before):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=after)
    else:
        s3.delete_bucket_website(Bucket=bucket)
    return lambda: s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=before)


@defect("CORS-3")
def website_deleted(stack):
    return website(stack, lambda _: None)


@defect("CORS-3")
def all_visitors_sent_elsewhere(stack):
    return website(stack, lambda _: {"RedirectAllRequestsTo": {"HostName": "evil.example"}})


@defect("CORS-3")
def visitors_sent_elsewhere_by_a_rule(stack):
    rule = {"Redirect": {"HostName": "evil.example", "Protocol": "https"}}
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


# ---- Safety ----------------------------------------------------------------------------------------


@each(
    "SAFETY-1",
    none={"Filter": filtered()},
    empty={"Filter": filtered(prefix="")},
    shorter={"Filter": filtered(prefix="in")},
    other={"Filter": filtered(prefix="outgoing/")},
    narrower={"Filter": filtered(prefix="incoming/images/")},
    no_slash={"Filter": filtered(prefix="incoming")},
)
def prefix(stack, changes):
    return notifications(stack, trigger(**changes))


@each(
    "SAFETY-3",
    suffix={"Filter": filtered(prefix="incoming/", suffix=".jpg")},
    created_only={"Events": ["s3:ObjectCreated:*"]},
    put_only={"Events": ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]},
)
def gap(stack, changes):
    return notifications(stack, trigger(**changes))


@defect("SAFETY-3")
def triggers_another_function(stack):
    other = stack.function_arn("list_files")
    return notifications(stack, trigger(LambdaFunctionArn=other))


def queue_too(stack, **more):
    """A second destination. S3 refuses two for the same event and overlapping prefixes."""
    return lambda found: (
        found | {"QueueConfigurations": [{"Id": "more", "QueueArn": stack.failure_queue_arn, **more}]}
    )


@defect("SAFETY-1", "SAFETY-3")
def second_path_beside_the_prefix(stack):
    more = {"Events": ["s3:ObjectCreated:*"], "Filter": filtered(prefix="outgoing/")}
    return notifications(stack, queue_too(stack, **more))


@defect("SAFETY-3")
def removals_also_go_to_a_queue(stack):
    def change(found):
        found = trigger(Events=["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"])(found)
        return queue_too(stack, Events=["s3:ObjectRemoved:DeleteMarkerCreated"])(found)

    return notifications(stack, change)


@defect("SAFETY-3")
def eventbridge_too(stack):
    return notifications(stack, lambda found: found | {"EventBridgeConfiguration": {}})


@defect("SAFETY-1", "SAFETY-3")
def no_notification(stack):
    return notifications(stack, lambda _: {})


@defect("SAFETY-3")
def bucket_may_not_invoke(stack):
    return permission(stack, "index_upload", "s3")


@each(
    "SAFETY-2",
    uploads=("s3:PutObject", "incoming/*"),
    thumbnails=("s3:PutObject", "incoming/thumbnails/*"),
    one_key=("s3:Put*", "incoming/latest.json"),
)
def triggered_function_writes(stack, case):
    action, keys = case
    return extra_policy(stack, "index_upload", allow(action, f"arn:aws:s3:::{stack.upload_bucket}/{keys}"))


@defect("SAFETY-2", "SECURITY-6")
def triggered_function_writes_everywhere(stack):
    return extra_policy(stack, "index_upload", allow("s3:PutObject", f"arn:aws:s3:::{stack.upload_bucket}/*"))


@defect("SAFETY-2")
def bucket_lets_the_triggered_function_write(stack):
    return bucket_grants(stack, "index_upload", "s3:PutObject")


@defect("SAFETY-3")
def fed_by_a_queue_too(stack):
    lambda_, sqs = stack.client("lambda"), stack.client("sqs")
    queue = sqs.create_queue(QueueName=f"{stack.name}-feed")["QueueUrl"]
    arn = stack.failure_queue_arn.replace("-failures", "-feed")
    made = lambda_.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=stack.functions["index_upload"].name
    )

    def undo():
        lambda_.delete_event_source_mapping(UUID=made["UUID"])
        sqs.delete_queue(QueueUrl=queue)

    return undo


@defect("SAFETY-4")
def loops_allowed(stack):
    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    lambda_.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    return lambda: lambda_.put_function_recursion_config(FunctionName=name, RecursiveLoop="Terminate")


def concurrency(stack, short, number) -> Undo:
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
    return lambda: lambda_.delete_function_concurrency(FunctionName=name)


@defect("SAFETY-4")
def never_runs(stack):
    return concurrency(stack, "index_upload", 0)


def failures(stack, make) -> Undo:
    from dashboard.stack.monitoring import send_failures

    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    make(lambda_, name)
    return lambda: send_failures(lambda_, name, stack.failure_queue_arn)


@defect("SAFETY-4")
def no_failure_destination(stack):
    return failures(
        stack, lambda lambda_, name: lambda_.delete_function_event_invoke_config(FunctionName=name)
    )


@defect("SAFETY-4")
def failures_dropped(stack):
    def make(lambda_, name):
        lambda_.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)

    return failures(stack, make)


@defect("SAFETY-4")
def failure_queue_deleted(stack):
    sqs, name = stack.client("sqs"), stack.failure_queue
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    return lambda: sqs.create_queue(QueueName=name, tags=stack.tags)


@defect("SAFETY-4")
def failures_may_not_be_sent(stack):
    deny = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    return extra_policy(stack, "index_upload", deny)


# ---- API -------------------------------------------------------------------------------------------


@each(
    "API-1",
    **{
        key.replace(" ", "_"): key
        for key in ("GET /files", "GET /files/{key+}", "POST /uploads", "DELETE /files/{key+}")
    },
)
def route_deleted(stack, key):
    client, api = api_of(stack)
    found = route(stack, key)
    client.delete_route(ApiId=api, RouteId=found["RouteId"])
    return lambda: client.create_route(ApiId=api, RouteKey=key, Target=found["Target"])


@each(
    "API-1",
    any=("ANY /files", "list_files"),
    default=("$default", "list_files"),
    get_that_deletes=("GET /delete/{key+}", "delete_file"),
    put=("PUT /files/{key+}", "create_upload"),
    files=("POST /files", "create_upload"),
)
def more_routes(stack, case):
    return more_route(stack, *case)


@defect("API-1", "API-2")
def get_leads_to_delete(stack):
    return led(stack, "GET /files/{key+}", target_of(stack, "delete_file"))


@defect("API-2")
def delete_leads_to_get(stack):
    return led(stack, "DELETE /files/{key+}", target_of(stack, "get_file"))


def integration(stack, short, **changes) -> Undo:
    client, api = api_of(stack)
    where = {"ApiId": api, "IntegrationId": target_of(stack, short).partition("/")[2]}
    before = client.get_integration(**where)
    client.update_integration(**where, **changes)
    return lambda: client.update_integration(**where, **{name: before[name] for name in changes})


@defect("API-2")
def integration_with_another_function(stack):
    return integration(stack, "list_files", IntegrationUri=stack.function_arn("get_file"))


@defect("API-2")
def integration_with_an_old_version(stack):
    version = stack.client("lambda").publish_version(FunctionName=stack.functions["list_files"].name)[
        "Version"
    ]
    return integration(stack, "list_files", IntegrationUri=f"{stack.function_arn('list_files')}:{version}")


@defect("API-2")
def route_asks_for_signatures(stack):
    client, api = api_of(stack)
    where = {"ApiId": api, "RouteId": route(stack, "GET /files")["RouteId"]}
    client.update_route(**where, AuthorizationType="AWS_IAM")
    return lambda: client.update_route(**where, AuthorizationType="NONE")


@defect("API-1")
def second_api_of_the_same_name(stack):
    client = stack.client("apigatewayv2")
    api = client.create_api(Name=stack.api_name, ProtocolType="HTTP")["ApiId"]
    return lambda: client.delete_api(ApiId=api)


@defect("API-2")
def integration_with_nobody(stack):
    return integration(stack, "list_files", IntegrationUri=f"{stack.function_arn('list_files')}-old")


@each(
    "API-2",
    list=("list_files", "api-get"),
    ticket=("create_upload", "api-post"),
    delete=("delete_file", "api-delete"),
)
def permission_lost(stack, case):
    return permission(stack, *case)


@defect("API-2")
def permission_for_another_path(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/GET/file"
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com", SourceArn=source)


@defect("API-2")
def permission_for_another_method(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/POST/files/*"
    return permission(
        stack, "delete_file", "api-delete", Principal="apigateway.amazonaws.com", SourceArn=source
    )


def stage(stack, **changes) -> Undo:
    client, api = api_of(stack)
    before = client.get_stage(ApiId=api, StageName="$default")
    client.update_stage(ApiId=api, StageName="$default", **changes)
    return lambda: client.update_stage(
        ApiId=api, StageName="$default", **{name: before[name] for name in changes}
    )


@defect("API-2")
def stage_does_not_deploy(stack):
    return stage(stack, AutoDeploy=False)


@defect("API-2")
def nobody_gets_through(stack):
    return stage(stack, DefaultRouteSettings={"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0.0})


@defect("API-2")
def stage_deleted(stack):
    from dashboard.stack.api import create_api

    client, api = api_of(stack)
    client.delete_stage(ApiId=api, StageName="$default")
    return lambda: create_api(client, stack.api_name, stack.tags)


@defect("API-2")
def own_address_off(stack):
    client, api = api_of(stack)
    client.update_api(ApiId=api, DisableExecuteApiEndpoint=True)
    return lambda: client.update_api(ApiId=api, DisableExecuteApiEndpoint=False)


@defect("API-2")
def function_never_runs(stack):
    return concurrency(stack, "delete_file", 0)


@each("API-2", at_once=50, too_soon=1000)
def route_does_not_wait(stack, milliseconds):
    return integration(stack, "list_files", TimeoutInMillis=milliseconds)


HANDLERS = {
    "no_function": "lambda_function.handler",
    "no_file": "app.lambda_handler",
    "no_module": "lambda_handler",
}


def started_at(stack, short, handler) -> Undo:
    lambda_, name = stack.client("lambda"), stack.functions[short].name

    def put(one):
        lambda_.update_function_configuration(FunctionName=name, Handler=one)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(handler)
    return lambda: put("lambda_function.lambda_handler")


@each("API-2", **HANDLERS)
def handler_lost(stack, handler):
    return started_at(stack, "get_file", handler)


@each("SAFETY-4", **HANDLERS)
def triggered_handler_lost(stack, handler):
    return started_at(stack, "index_upload", handler)


# ---- State -----------------------------------------------------------------------------------------


@each(
    "STATE-3",
    list=("list_files", {"TABLE_NAME": "old-metadata"}),
    index=("index_upload", {"TABLE_NAME": "old-metadata"}),
    index_none=("index_upload", {"TABLE_NAME": None}),
    ticket=("create_upload", {"UPLOAD_BUCKET": "old-uploads"}),
    delete=("delete_file", {"UPLOAD_BUCKET": "old-uploads"}),
)
def names_something_else(stack, case):
    short, values = case
    return variables(stack, short, **values)


@defect("STATE-3")
def table_with_other_keys(stack):
    from dashboard.stack.metadata import create_table

    dynamodb, name = stack.client("dynamodb"), stack.table
    keys = [{"AttributeName": "object_key", "AttributeType": "S"}]
    dynamodb.delete_table(TableName=name)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "object_key", "KeyType": "HASH"}],
        AttributeDefinitions=keys,
        BillingMode="PAY_PER_REQUEST",
    )

    def undo():
        dynamodb.delete_table(TableName=name)
        create_table(dynamodb, name, stack.tag_list)

    return undo


@each(
    "STATE-4",
    another='{"apiUrl": "https://old.execute-api.us-east-1.amazonaws.com"}',
    none="{}",
    broken="{",
)
def page_calls(stack, content):
    return published(stack, "config.json", content)


@defect("STATE-4")
def page_without_configuration(stack):
    s3, where = stack.client("s3"), {"Bucket": stack.site_bucket, "Key": "config.json"}
    before = s3.get_object(**where)["Body"].read()
    s3.delete_object(**where)
    return lambda: s3.put_object(**where, Body=before)


# ---- Visibility ------------------------------------------------------------------------------------


@each("VISIBILITY-1", api="list_files", triggered="index_upload")
def log_group_deleted(stack, short):
    logs, name = stack.client("logs"), stack.functions[short].log_group
    logs.delete_log_group(logGroupName=name)

    def undo():
        logs.create_log_group(logGroupName=name, tags=stack.tags)
        logs.put_retention_policy(logGroupName=name, retentionInDays=14)

    grant = extra_policy(stack, short, allow("logs:CreateLogGroup", "*"))  # else VISIBILITY-2 too

    def both():
        grant()
        undo()

    return both


@defect("VISIBILITY-1")
def kept_for_ever(stack):
    logs, name = stack.client("logs"), stack.functions["get_file"].log_group
    logs.delete_retention_policy(logGroupName=name)
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=14)


@defect("VISIBILITY-2")
def no_log_permission(stack):
    return changed_policy(stack, "list_files", lambda statements: statements[1:])


@each("VISIBILITY-2", streams="logs:CreateLogStream", events="logs:PutLogEvents")
def half_a_log_permission(stack, action):
    return changed_policy(stack, "create_upload", without(action))


@each(
    "VISIBILITY-2",
    another_group=lambda arn: arn.replace("list-files", "get-file"),
    another_region=lambda arn: arn.replace("us-east-1", "eu-west-1"),
    another_account=lambda arn: arn.replace("123456789012", OTHER),
    bare_group=lambda arn: arn.removesuffix(":*"),
    one_stream=lambda arn: arn.removesuffix("*") + "log-stream:main",
)
def logs_elsewhere(stack, rename):
    def change(statements):
        statements[0]["Resource"] = [rename(statements[0]["Resource"][0])]
        return statements

    return changed_policy(stack, "list_files", change)


@each(
    "VISIBILITY-2",
    all_logs=lambda _: ("logs:*", "*"),
    its_streams=lambda stack: (
        "logs:PutLogEvents",
        f"arn:aws:logs:*:*:log-group:{stack.functions['delete_file'].log_group}:log-stream:*",
    ),
    everything_of_logs_in_a_list=lambda _: (["logs:Create*", "logs:Put*"], ["arn:aws:logs:*:*:*"]),
)
def logs_denied(stack, case):
    action, resource = case(stack)
    return extra_policy(stack, "delete_file", {"Effect": "Deny", "Action": action, "Resource": resource})


@defect("VISIBILITY-2")
def boundary_without_logs(stack):
    return boundary(stack, "list_files", allow(["dynamodb:*", "s3:*"], "*"))


# ---- What harms nobody -----------------------------------------------------------------------------


@harmless
def more_tags(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [*stack.tag_list, {"Key": "team", "Value": "blue"}]}
    )
    return lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": stack.tag_list})


@harmless
def statements_in_another_order(stack):
    return changed_policy(stack, "get_file", lambda statements: statements[::-1])


@harmless
def reserved_concurrency(stack):
    return concurrency(stack, "index_upload", 5)


@harmless
def logs_kept_longer(stack):
    logs, name = stack.client("logs"), stack.functions["get_file"].log_group
    logs.put_retention_policy(logGroupName=name, retentionInDays=365)
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=14)


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
def bucket_denies_strangers_even_more(stack):
    deny = {
        "Sid": "NoDeletion",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{stack.upload_bucket}",
    }
    return bucket_policy(stack, stack.upload_bucket, deny)


@harmless
def bucket_policy_for_an_own_role(stack):
    role = f"arn:aws:iam::{stack.account_id}:role/{role_of(stack, 'get_file')}"
    resource = f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"
    return bucket_policy(
        stack, stack.upload_bucket, {"Principal": {"AWS": role}, **allow("s3:GetObject", resource)}
    )


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
def account_blocks_what_the_bucket_does_not(stack):
    import boto3

    from checks.asking import without_account_in_front

    s3, control, bucket = stack.client("s3"), boto3.client("s3control"), stack.upload_bucket
    control.meta.events.register("before-sign", without_account_in_front)
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    acls = {"BlockPublicAcls": True, "IgnorePublicAcls": True}  # all four would close the page, too
    control.put_public_access_block(AccountId=stack.account_id, PublicAccessBlockConfiguration=acls)
    rest = {**blocked, "BlockPublicAcls": False, "IgnorePublicAcls": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=rest)

    def undo():
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
        control.delete_public_access_block(AccountId=stack.account_id)

    return undo


@harmless
def cors_with_details(stack):
    more = {"MaxAgeSeconds": 600, "ExposeHeaders": ["ETag"], "AllowedHeaders": ["Content-Type"], "ID": "page"}
    return bucket_cors(stack, lambda rules: [{**rules[0], **more}])


@harmless
def api_cors_with_details(stack):
    return api_cors(
        stack,
        MaxAge=300,
        ExposeHeaders=["apigw-requestid"],
        AllowHeaders=["Content-Type"],
        AllowMethods=["POST", "GET", "DELETE", "OPTIONS"],
    )


@harmless
def events_spelled_out(stack):
    events = [f"s3:ObjectCreated:{name}" for name in ("Put", "Post", "Copy", "CompleteMultipartUpload")]
    return notifications(
        stack, trigger(Events=[*events, "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"])
    )


@harmless
def notification_with_another_id(stack):
    return notifications(stack, trigger(Id="uploads"))


@harmless
def permission_for_all_routes_of_this_api(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/*"
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com", SourceArn=source)


@harmless
def permission_with_account_too(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/POST/uploads"
    return permission(
        stack,
        "create_upload",
        "api-post",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
        SourceAccount=stack.account_id,
    )


@harmless
def more_memory_and_time(stack):
    lambda_, name = stack.client("lambda"), stack.functions["list_files"].name
    lambda_.update_function_configuration(FunctionName=name, MemorySize=512, Timeout=20)
    return lambda: lambda_.update_function_configuration(FunctionName=name, MemorySize=256, Timeout=10)


@harmless
def route_waits_29_seconds(stack):
    return integration(stack, "list_files", TimeoutInMillis=29_000)


@harmless
def route_waits_5_seconds(stack):
    return integration(stack, "list_files", TimeoutInMillis=5_000)


@harmless
def own_code_with_its_own_handler(stack):
    from dashboard.stack.package import package

    lambda_, name = stack.client("lambda"), stack.functions["list_files"].name

    def put(code):
        lambda_.update_function_code(FunctionName=name, ZipFile=code)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(package("get_file"))  # what lies in a package that is not its own, nobody can tell from outside
    back = started_at(stack, "list_files", "app.handler")
    return lambda: (back(), put(package("list_files")))


@harmless
def website_with_an_old_address(stack):
    old = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": ""}}
    return website(stack, lambda found: found | {"RoutingRules": [old]})


@harmless
def one_more_variable(stack):
    return variables(stack, "create_upload", LOG_LEVEL="debug", MAX_BYTES="1000000", URL_EXPIRES="120")


@harmless
def variable_that_names_a_secret(stack):
    arn = f"arn:aws:secretsmanager:{stack.region}:{stack.account_id}:secret:payments"
    return variables(stack, "get_file", PAYMENTS_SECRET_ARN=arn, TOKEN_TABLE_NAME="tokens")


@harmless
def versioned_uploads(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@harmless
def another_api_of_the_account(stack):
    client = stack.client("apigatewayv2")
    api = client.create_api(Name=f"{stack.api_name}-2", ProtocolType="HTTP")["ApiId"]
    client.create_route(ApiId=api, RouteKey="ANY /")
    return lambda: client.delete_api(ApiId=api)


@harmless
def another_stage(stack):
    client, api = api_of(stack)
    client.create_stage(ApiId=api, StageName="next")
    return lambda: client.delete_stage(ApiId=api, StageName="next")


@harmless
def boundary_that_allows_the_needed(stack):
    return boundary(stack, "get_file", allow(["logs:*", "s3:*", "dynamodb:*"], "*"))


@harmless
def page_with_harmless_words(stack):
    text = 'const label = "Your password is never sent.";\nfunction token(secret) { return secret.length; }\n'
    return published(stack, "words.js", text + f"// sha384-{'oqVuAfXRKap7fdgcCY5uykM6' * 2}\n")


@harmless
def configuration_written_differently(stack):
    client, api = api_of(stack)
    endpoint = client.get_api(ApiId=api)["ApiEndpoint"]
    return published(stack, "config.json", json.dumps({"title": "Files", "apiUrl": f"{endpoint}/"}, indent=2))


@harmless
def partition_by_string_equals(stack):
    def change(statements):
        statements[1]["Condition"] = {
            "ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": [stack.upload_bucket]}
        }
        return statements

    return changed_policy(stack, "list_files", change)


@harmless
def dead_letter_queue_instead_of_destination(stack):
    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    lambda_.update_function_configuration(
        FunctionName=name, DeadLetterConfig={"TargetArn": stack.failure_queue_arn}
    )
    undo = failures(stack, lambda client, one: client.delete_function_event_invoke_config(FunctionName=one))

    def back():
        lambda_.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
        undo()

    return back


# ---- Planted beside another scanner ----------------------------------------------------------------

NAMES = """
switch off BlockPublicPolicy
public access block deleted
uploads let in everybody reads
uploads let in another account
acls in force object writer
long life of tickets
list function also may all of s3
list function also may passes roles
role lent to another account
any api may invoke
open function url
site lets everybody write
published secret access key
secret in environment password
api allows everything
bucket allows everything
bucket rule any header
prefix none
triggered function writes uploads
loops allowed
no failure destination
more routes default
permission lost list
log group deleted api
no log permission
""".strip().splitlines()
PLANTED = [next(one for one in DEFECTS if one.name == name) for name in NAMES]
__all__ = ["DEFECTS", "HARMLESS", "PLANTED", "Stack"]
