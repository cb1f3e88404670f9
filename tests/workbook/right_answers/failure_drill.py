"""Right answers to 11_failure_drill in other words: each must pass its check.

The third part plants the defect anew, for the answer that follows.
"""

RIGHT = {
    "drill-1": [
        (
            "takes the last symptom first",
            """
quiz.answer("answered with 403", "upload ticket")
quiz.answer("never appears in the list", "event notification")
quiz.answer("answers 500", "CloudWatch Logs")
quiz.answer("blocked by CORS", "API Gateway")
""",
        ),
    ],
    "drill-2": [
        (
            "calls the layer's own function, after taking back what was too wide",
            """
from dashboard.stack.api import connect

for sid in ("any", "every", "s3", "post", "mistaken"):
    attempt(lambda_.remove_permission, FunctionName=stack.functions["list_files"].name, StatementId=sid)
connect(stack, api_id, "GET /files")
""",
            "break_something(2, stack)",
        ),
        (
            "names the stage",
            """
made = lambda_.add_permission(
    FunctionName=stack.function_arn("list_files"),
    StatementId="the-list",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/$default/GET/files",
)
""",
            "break_something(2, stack)",
        ),
    ],
    "drill-3": [
        (
            "deletes whatever denies",
            """
role = boto3.resource("iam").Role(stack.functions["get_file"].role)
for one in role.policies.all():
    if any(statement["Effect"] == "Deny" for statement in one.policy_document["Statement"]):
        one.delete()
""",
            "break_something(3, stack)",
        ),
    ],
    "drill-4": [
        (
            "corrects one letter",
            """
found = s3.get_bucket_notification_configuration(Bucket=stack.upload_bucket)
[rule] = found["LambdaFunctionConfigurations"]
rule["Events"] = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
rule["Filter"]["Key"]["FilterRules"] = [{"Name": "prefix", "Value": "incoming/"}]
s3.put_bucket_notification_configuration(
    Bucket=stack.upload_bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
)
""",
        ),
    ],
    "drill-5": [
        (
            "takes the slash off",
            """
cors = s3.get_bucket_cors(Bucket=stack.upload_bucket)["CORSRules"]
cors[0] |= {"AllowedOrigins": [origin], "AllowedMethods": ["PUT"]}
s3.put_bucket_cors(Bucket=stack.upload_bucket, CORSConfiguration={"CORSRules": cors})
""",
        ),
    ],
    "drill-6": [
        (
            "adds to what is there",
            """
name = stack.functions["list_files"].name
there = lambda_.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
there |= {"TABLE_NAME": stack.table, "UPLOAD_BUCKET": stack.upload_bucket}
lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": there})
lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
""",
        ),
    ],
}
