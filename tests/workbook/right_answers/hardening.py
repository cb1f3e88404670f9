"""Right answers to 10_hardening in other words: each must pass its check.

What a second right answer would find mended already is broken again by a third part.
"""

BROKEN_CALL = 'attempt(lambda_.add_permission, FunctionName=name, StatementId="any-api", **anybody)'
BROKEN_ROLE = (
    'grant(iam, index_role, "thumbnails", '
    '[allow(["s3:PutObject"], [f"arn:aws:s3:::{stack.upload_bucket}/*"])])'
)
BROKEN_ROUTE = """
create_route(apigateway, api_id, "GET /delete/{key+}", arn)
permit(lambda_, arn, "api-get-delete", "apigateway.amazonaws.com", source)
"""

RIGHT = {
    "hardening-1": [
        (
            "uses the resource, switches first",
            """
s3.put_public_access_block(
    Bucket=stack.upload_bucket,
    PublicAccessBlockConfiguration=dict(
        BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=True
    ),
)
done = boto3.resource("s3").BucketPolicy(stack.upload_bucket).delete()
""",
        ),
    ],
    "hardening-2": [
        (
            "writes the whole policy itself",
            """
logs_arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{stack.functions['create_upload'].log_group}"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{logs_arn}:*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{stack.upload_bucket}/incoming/*",
        },
    ],
}
done = boto3.resource("iam").RolePolicy(role, "least").put(PolicyDocument=json.dumps(policy))
""",
        ),
    ],
    "hardening-3": [
        (
            "removes whatever has no condition",
            """
statements = json.loads(lambda_.get_policy(FunctionName=name)["Policy"])["Statement"]
for statement in statements:
    if "Condition" not in statement:
        lambda_.remove_permission(FunctionName=name, StatementId=statement["Sid"])
""",
            BROKEN_CALL,
        ),
    ],
    "hardening-4": [
        (
            "writes the configuration anew",
            """
done = apigateway.update_api(
    ApiId=api_id,
    CorsConfiguration={
        "AllowOrigins": [origin],
        "AllowMethods": ["GET", "POST", "DELETE"],
        "AllowHeaders": ["Content-Type"],
    },
)
""",
        ),
        (
            "calls the layer's own function",
            "from dashboard.stack.frontend import allow_origin\n\ndone = allow_origin(apigateway, api_id, origin)",
        ),
    ],
    "hardening-5": [
        (
            "puts the filter back by hand",
            """
iam.delete_role_policy(RoleName=index_role, PolicyName="thumbnails")
rules["LambdaFunctionConfigurations"][0]["Filter"] = {
    "Key": {"FilterRules": [{"Name": "prefix", "Value": stack.prefix}]}
}
done = s3.put_bucket_notification_configuration(Bucket=stack.upload_bucket, NotificationConfiguration=rules)
""",
            BROKEN_ROLE,
        ),
    ],
    "hardening-6": [
        (
            "permission first, and the integration too",
            """
lambda_.remove_permission(FunctionName=arn, StatementId="api-get-delete")
for route in apigateway.get_routes(ApiId=api_id)["Items"]:
    if route["RouteKey"].startswith("GET /delete"):
        apigateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
        apigateway.delete_integration(ApiId=api_id, IntegrationId=route["Target"].split("/")[1])
""",
            BROKEN_ROUTE,
        ),
    ],
    "hardening-7": [
        (
            "puts the object itself",
            """
done = s3.put_object(
    Bucket=stack.site_bucket,
    Key="config.json",
    Body=json.dumps({"apiUrl": api_url}),
    ContentType="application/json",
    CacheControl="no-cache",
)
""",
        ),
        (
            "publishes the whole page again",
            """
from dashboard.stack.frontend import SITE, publish

done = publish(s3, stack.site_bucket, SITE, {"apiUrl": api_url})
""",
        ),
    ],
    "hardening-8": [
        (
            "adds the statement to those that are there",
            """
logs_arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{stack.functions['list_files'].log_group}"
there = iam.get_role_policy(RoleName=list_role, PolicyName="least")["PolicyDocument"]["Statement"]
there = [one for one in there if "dynamodb:Query" in one["Action"]] or [query]
grant(iam, list_role, "least", [*there, allow(["logs:PutLogEvents", "logs:CreateLogStream"], [f"{logs_arn}:*"])])
""",
        ),
    ],
}
