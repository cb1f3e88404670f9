"""Mistakes that learners make in 10_hardening: each must be refused by its check."""

BLOCK = """
s3.put_public_access_block(
    Bucket=stack.upload_bucket,
    PublicAccessBlockConfiguration=dict(
        BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy={policy}, RestrictPublicBuckets={restrict}
    ),
)
"""
DROP_POLICY = "s3.delete_bucket_policy(Bucket=stack.upload_bucket)\n"
PUT = 'allow(["{action}"], [f"arn:aws:s3:::{{stack.upload_bucket}}/{where}"])'
CORS = 'apigateway.update_api(ApiId=api_id, CorsConfiguration={{**cors, "AllowOrigins": {origins}{more}}})'
ADD = """
attempt(
    lambda_.add_permission, FunctionName=name, StatementId="{sid}", Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com", SourceArn={source},
)
"""
WHOLE_ACCOUNT = 'f"arn:aws:execute-api:{stack.region}:{stack.account_id}:*"'
ONE_ROUTE = 'f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/*/DELETE/files/*"'
REMOVE = 'attempt(lambda_.remove_permission, FunctionName=name, StatementId="{}")\n'
WIDE = 'attempt(lambda_.add_permission, FunctionName=name, StatementId="any-api", **anybody)'
EVENTS = """
from dashboard.stack.events import send_events

send_events(s3, stack.upload_bucket, stack.function_arn("index_upload"), "{prefix}")
"""
ROLE = 'iam.delete_role_policy(RoleName=index_role, PolicyName="thumbnails")\n'
ROUTE = """
for route in apigateway.get_routes(ApiId=api_id)["Items"]:
    if route["RouteKey"].endswith("/delete/{key+}"):
        DO
"""


def grants(role, *statements):
    return f'grant(iam, {role}, "least", [{", ".join(statements)}])'


def put(action="s3:PutObject", where="{stack.prefix}*"):
    return PUT.format(action=action, where=where)


def cors(origins, more=""):
    return CORS.format(origins=origins, more=more)


def config(text):
    return f'put_page_file(s3, stack.site_bucket, "config.json", json.dumps({text}).encode())'


def route(do):
    return ROUTE.replace("DO", do)


WRONG = {
    "hardening-1": [
        ("turns the switches on, and leaves the policy", BLOCK.format(policy=True, restrict=True)),
        ("turns one switch on", BLOCK.format(policy=True, restrict=False)),
        (
            "removes the policy, and leaves the switches off",
            BLOCK.format(policy=False, restrict=False) + DROP_POLICY,
        ),
    ],
    "hardening-2": [
        ("opens the whole bucket", grants("role", "may_log(logs_arn)", put(where="*"))),
        ("forgets the log", grants("role", put())),
        ("may read instead of put", grants("role", "may_log(logs_arn)", put(action="s3:GetObject"))),
        ("takes s3:* under the prefix", grants("role", "may_log(logs_arn)", put(action="s3:*"))),
        ("may write every log", grants("role", 'allow(["logs:*"], ["*"])', put())),
    ],
    "hardening-3": [
        ("adds a narrow one beside the wide one", ADD.format(sid="narrow", source=ONE_ROUTE)),
        (
            "names the whole account",
            REMOVE.format("narrow")
            + REMOVE.format("any-api")
            + ADD.format(sid="any-api", source=WHOLE_ACCOUNT),
            REMOVE.format("any-api") + WIDE,
        ),
        (
            "takes the API's own, and leaves the wide one",
            REMOVE.format("api-delete"),
            ADD.format(sid="api-delete", source=ONE_ROUTE),
        ),
        (
            "takes both",
            REMOVE.format("api-delete") + REMOVE.format("any-api"),
            ADD.format(sid="api-delete", source=ONE_ROUTE) + WIDE,
        ),
    ],
    "hardening-4": [
        ("adds the page beside the star", cors('["*", site_origin(stack)]')),
        ("allows a second origin for development", cors('[site_origin(stack), "http://localhost:3000"]')),
        ("takes the other scheme", cors('["https" + site_origin(stack).removeprefix("http")]')),
        ("loses DELETE", cors("[site_origin(stack)]", ', "AllowMethods": ["GET", "POST"]')),
        ("allows every page of one scheme", cors('["http://*"]')),
    ],
    "hardening-5": [
        ("gives the prefix, and leaves the right to write", EVENTS.format(prefix="incoming/")),
        ("takes the right, and leaves the trigger wide", ROLE + EVENTS.format(prefix="")),
        (
            "forgets the slash",
            'grant(iam, index_role, "thumbnails", [allow(["s3:GetObject"], [f"{stack.table_arn}"])])\n'
            + EVENTS.format(prefix="incoming"),
        ),
    ],
    "hardening-6": [
        (
            "makes it POST instead",
            route(
                "apigateway.update_route(ApiId=api_id, RouteId=route['RouteId'], RouteKey='POST /delete/{key+}')"
            ),
        ),
        (
            "leads it to another function",
            route(
                "apigateway.update_route(ApiId=api_id, RouteId=route['RouteId'], RouteKey='GET /delete/{key+}')"
            )
            + 'create_route(apigateway, api_id, "GET /delete/{key+}", stack.function_arn("get_file"))',
        ),
        ("takes the permission alone", REMOVE.format("api-get-delete")),
        (
            "takes the route, and leaves the permission",
            'permit(lambda_, arn, "api-get-delete", "apigateway.amazonaws.com", source)\n'
            + route("apigateway.delete_route(ApiId=api_id, RouteId=route['RouteId'])"),
        ),
    ],
    "hardening-7": [
        ("calls it by another name", config('{"api_url": api_url}')),
        ("names a route instead of the API", config('{"apiUrl": f"{api_url}/files"}')),
        ("names the page itself", config('{"apiUrl": site_url(stack)}')),
    ],
    "hardening-8": [
        ("may write every log", grants("list_role", 'allow(["logs:*"], ["*"])', "query")),
        ("forgets the table", grants("list_role", "may_log(logs_arn)")),
        (
            "names another function's log",
            grants("list_role", 'may_log(logs_arn.replace("list-files", "get-file"))', "query"),
        ),
        (
            "allows making the group alone",
            grants("list_role", 'allow(["logs:CreateLogGroup"], [logs_arn])', "query"),
        ),
    ],
}
