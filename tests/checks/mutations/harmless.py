"""Variants of a good stack that harm nobody: no rule may complain."""

from __future__ import annotations

import json

from tests.checks.defects import (
    allow,
    api_cors,
    api_of,
    boundary,
    bucket_cors,
    bucket_policy,
    changed_policy,
    concurrency,
    each_harmless,
    extra_policy,
    failures,
    filtered,
    harmless,
    integration,
    managed_policy,
    notifications,
    permission,
    policy,
    published,
    role_of,
    site_policy,
    started_at,
    trigger,
    variables,
    website,
)
from tests.checks.mutations.safety import failures_to, halved
from tests.checks.mutations.security import LENT, attached, trust
from tests.checks.mutations.visibility import logs_into


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


@harmless
def bucket_policy_for_this_account(stack):
    own = {"Principal": {"AWS": f"arn:aws:iam::{stack.account_id}:root"}}
    return bucket_policy(
        stack, stack.upload_bucket, {**own, **allow("s3:*", f"arn:aws:s3:::{stack.upload_bucket}/*")}
    )


@harmless
def bucket_takes_access_logs_of_this_account(stack):
    own = {"StringEquals": {"aws:SourceAccount": stack.account_id}}
    given = allow("s3:PutObject", f"arn:aws:s3:::{stack.upload_bucket}/logs/*", Condition=own)
    service = {"Service": "logging.s3.amazonaws.com"}
    return bucket_policy(stack, stack.upload_bucket, {"Principal": service, **given})


@harmless
def bucket_denies_other_accounts(stack):
    others = {"StringNotEquals": {"aws:PrincipalAccount": stack.account_id}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": others}
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    return bucket_policy(stack, stack.upload_bucket, {**deny, "Resource": resource})


@harmless
def role_lent_to_lambda_of_this_account(stack):
    own = {"StringEquals": {"aws:SourceAccount": stack.account_id}}
    return trust(stack, {**LENT, "Principal": {"Service": ["lambda.amazonaws.com"]}, "Condition": own})


@harmless
def writing_where_it_is_triggered_is_denied_again(stack):
    uploads = f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"
    deny = {"Effect": "Deny", "Action": "s3:Put*", "Resource": uploads}
    return extra_policy(stack, "index_upload", allow("s3:PutObject", uploads), deny)


@harmless
def site_denies_what_is_not_published(stack):
    where = f"arn:aws:s3:::{stack.site_bucket}/private/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": where}
    return site_policy(stack, deny)


@harmless
def site_policy_written_differently(stack):
    given = allow(["s3:getobject"], [f"arn:aws:s3:::{stack.site_bucket}/*"])
    return bucket_policy(stack, stack.site_bucket, {"Principal": {"AWS": "*"}, **given})


@harmless
def settings_with_telling_names(stack):
    return variables(
        stack,
        "list_files",
        TOKEN_SECONDS="3600",
        USE_TOKENS="true",
        PASSWORD_MIN_LENGTH="12",
        API_KEY_HEADER="x-api-key",
        SORT_KEY="object_key",
        SECRET_ID="production/payments",
    )


@harmless
def website_with_a_page_for_errors(stack):
    return website(stack, lambda found: found | {"ErrorDocument": {"Key": "index.html"}})


@harmless
def website_that_leads_back_to_its_first_page(stack):
    wrong = {"HttpErrorCodeReturnedEquals": "403"}
    rule = {"Condition": wrong, "Redirect": {"ReplaceKeyWith": "index.html"}}
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


@harmless
def two_cors_rules_for_the_page(stack):
    return bucket_cors(stack, lambda rules: [{**rules[0], "AllowedHeaders": []}, *rules])


@harmless
def one_trigger_for_each_kind_of_event(stack):
    return notifications(stack, halved(["s3:ObjectRemoved:*"]))


@harmless
def filter_with_a_capital_letter_and_no_suffix(stack):
    rules = {"Prefix": "incoming/", "Suffix": ""}
    return notifications(stack, trigger(Filter=filtered(**rules)))


@harmless
def failures_published_to_a_topic(stack):
    topic = stack.client("sns").create_topic(Name=f"{stack.name}-failures")["TopicArn"]
    undo = failures_to(stack, topic, allow("sns:Publish", topic))
    return lambda: (undo(), stack.client("sns").delete_topic(TopicArn=topic))


@harmless
def failures_kept_after_one_attempt(stack):
    def make(lambda_, name):
        destination = {"OnFailure": {"Destination": stack.failure_queue_arn}}
        lambda_.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=destination
        )

    return failures(stack, make)


@harmless
def permission_for_the_default_stage(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/$default/GET/files"
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com", SourceArn=source)


@harmless
def integration_written_in_full(stack):
    arn = stack.function_arn("list_files")
    path = f"arn:aws:apigateway:{stack.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return integration(stack, "list_files", IntegrationUri=path)


@harmless
def integration_that_nothing_leads_to(stack):
    client, api = api_of(stack)
    made = client.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://example.org/",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    return lambda: client.delete_integration(ApiId=api, IntegrationId=made)


@harmless
def logs_into_a_group_of_its_own(stack):
    arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:/elsewhere/list:*"
    permitted = extra_policy(stack, "list_files", allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn))
    undo = logs_into(stack, "/elsewhere/list", 7)
    return lambda: (undo(), permitted())


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


@each_harmless(folder="images/", odd="a b/ü&?#%41.txt")
def more_files(stack, key):
    return published(stack, key, "")


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


@each_harmless(
    old_signatures={"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}},
    plain_http={"Bool": {"aws:SecureTransport": "false"}},
    uploads_with_acls={"Null": {"s3:x-amz-acl": "false"}},
    old_links={"NumericGreaterThan": {"s3:signatureAge": "900000"}},
)
def bucket_denies_everybody(stack, condition):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": condition}
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    return bucket_policy(stack, stack.upload_bucket, {**deny, "Resource": resource})


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
