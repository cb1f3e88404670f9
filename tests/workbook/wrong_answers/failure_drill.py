"""Mistakes that learners make in 11_failure_drill: each must be refused by its check."""

PERMISSION = """
made = attempt(
    lambda_.add_permission,
    FunctionName=stack.functions["{short}"].name,
    StatementId="{sid}",
    Action="lambda:InvokeFunction",
    Principal="{principal}",{more}
)
"""
ENVIRONMENT = """
lambda_.update_function_configuration(
    FunctionName=stack.functions["list_files"].name, Environment={{"Variables": {variables}}}
)
lambda_.get_waiter("function_updated_v2").wait(FunctionName=stack.functions["list_files"].name)
"""
NOTIFICATION = """
rule = {{
    "LambdaFunctionArn": stack.function_arn("index_upload"),
    "Events": {events},
    "Filter": {{"Key": {{"FilterRules": {filters}}}}},
}}
s3.put_bucket_notification_configuration(
    Bucket=stack.upload_bucket, NotificationConfiguration={{"LambdaFunctionConfigurations": [rule]}}
)
"""
CORS = """
rule = {{"AllowedOrigins": {origins}, "AllowedMethods": {methods}, "AllowedHeaders": ["content-type"]}}
s3.put_bucket_cors(Bucket=stack.upload_bucket, CORSConfiguration={{"CORSRules": [rule]}})
"""


def permission(short="list_files", sid="wrong", principal="apigateway.amazonaws.com", more=""):
    return PERMISSION.format(short=short, sid=sid, principal=principal, more=more)


def notification(events='["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]', prefix=None):
    filters = "[]" if prefix is None else f'[{{"Name": "prefix", "Value": "{prefix}"}}]'
    return NOTIFICATION.format(events=events, filters=filters)


THIS_API = 'f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/*/'
FORGET = 'lambda_.remove_permission(FunctionName=stack.functions["list_files"].name, StatementId="{}")\n'

EVERYWHERE = """
quiz.restart()
for symptom in list(quiz.symptoms):
    quiz.answer(symptom, "CloudWatch Logs")
"""
ALLOW_MORE = """
from dashboard.stack.roles import allow, grant

grant(iam, stack.functions["get_file"].role, "please", [allow(["logs:*"], ["*"])])
"""
FORGET_POLICY = 'iam.delete_role_policy(RoleName=stack.functions["get_file"].role, PolicyName="{}")\n'
PLANT_AGAIN = "break_something(3, stack)\n"
API_CORS = """
from dashboard.stack.frontend import allow_origin

allow_origin(apigateway, api_id, origin)
"""

WRONG = {
    "drill-1": [
        ("matches one pair only", 'quiz.answer("blocked by CORS", "API Gateway")'),
        ("matches every symptom with CloudWatch", EVERYWHERE),
    ],
    "drill-2": [
        ("permits every API there is", permission(sid="any")),
        (
            "permits every route of the API",
            FORGET.format("any") + permission(sid="every", more=f'\n    SourceArn={THIS_API}*",'),
        ),
        (
            "permits S3 instead of API Gateway",
            FORGET.format("every") + permission(principal="s3.amazonaws.com", sid="s3"),
        ),
        ("permits POST instead of GET", permission(sid="post", more=f'\n    SourceArn={THIS_API}POST/files",')),
        ("permits the wrong function", permission(short="get_file", sid="mistaken")),
    ],
    "drill-3": [
        ("adds an Allow beside the Deny", ALLOW_MORE),
        ("deletes the Deny, and keeps a wide Allow", FORGET_POLICY.format("housekeeping")),
        ("plants it again, and takes its own Allow back", FORGET_POLICY.format("please") + PLANT_AGAIN),
    ],
    "drill-4": [
        ("takes the plural", notification(prefix="uploads/")),
        ("leaves the prefix out", notification()),
        ("forgets the slash", notification(prefix="incoming")),
        ("forgets deletions", notification(events='["s3:ObjectCreated:*"]', prefix="incoming/")),
    ],
    "drill-5": [
        ("allows everybody", CORS.format(origins='["*"]', methods='["PUT"]')),
        ("allows the page to GET", CORS.format(origins="[origin]", methods='["GET"]')),
        ("mends the API's CORS instead", CORS.format(origins='[origin + "/"]', methods='["PUT"]') + API_CORS),
        ("allows DELETE as well", CORS.format(origins="[origin]", methods='["PUT", "DELETE"]')),
    ],
    "drill-6": [
        (
            "sets the table and loses the bucket",
            ENVIRONMENT.format(variables='{"TABLE_NAME": stack.table}'),
        ),
        (
            "names a table that is not there",
            ENVIRONMENT.format(variables='{"TABLE_NAME": "files", "UPLOAD_BUCKET": stack.upload_bucket}'),
        ),
        ("mends another function", ENVIRONMENT.format(variables='{"TABLE": stack.table}')),
    ],
}  # fmt: skip
