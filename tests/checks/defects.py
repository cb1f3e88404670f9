"""How single things of a good stack are broken and mended: the tools of the table in mutations/."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from dashboard.stack import Stack
from dashboard.stack.api import find_api

Undo = Callable[[], object]


@dataclass
class Defect:
    """One thing that is wrong, and the rules that say so. Whoever breaks mends."""

    name: str
    ids: frozenset[str]
    make: Callable[[Stack], Undo]
    _undo: list[Undo] = field(default_factory=list)

    def break_(self, stack: Stack) -> None:
        self._undo.append(self.make(stack))

    def mend(self, _stack: Stack | None = None) -> None:
        self._undo.pop()()

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


OTHER = "210987654321"  # somebody else's account
ELSEWHERE = "https://evil.example"
DEFECTS: list[Defect] = []
HARMLESS: list[Defect] = []


def defect(*ids: str):
    def keep(make):
        DEFECTS.append(Defect(make.__name__.replace("_", " "), frozenset(ids), make))
        return make

    return keep


def harmless(make):
    HARMLESS.append(Defect(make.__name__.replace("_", " "), frozenset(), make))
    return make


def each(*ids: str, **cases):
    """One defect for every case: what is decorated takes the stack and the case."""

    def keep(make):
        for name, case in cases.items():
            title = f"{make.__name__} {name}".replace("_", " ")
            DEFECTS.append(Defect(title, frozenset(ids), lambda stack, case=case: make(stack, case)))
        return make

    return keep


def each_harmless(**cases):
    """One harmless variant for every case."""

    def keep(make):
        for name, case in cases.items():
            title = f"{make.__name__} {name}".replace("_", " ")
            HARMLESS.append(Defect(title, frozenset(), lambda stack, case=case: make(stack, case)))
        return make

    return keep


# ---- How things are broken, and mended ------------------------------------------------------------


def policy(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources, **more) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def role_of(stack: Stack, short: str) -> str:
    return stack.functions[short].role


def extra_policy(stack: Stack, short: str, *statements, name: str = "extra") -> Undo:
    """One more inline policy for a function's role."""
    iam, where = stack.client("iam"), {"RoleName": role_of(stack, short), "PolicyName": name}
    iam.put_role_policy(**where, PolicyDocument=policy(*statements))
    return lambda: iam.delete_role_policy(**where)


def changed_policy(stack: Stack, short: str, change, name: str = "least") -> Undo:
    """An inline policy with other statements."""
    iam, where = stack.client("iam"), {"RoleName": role_of(stack, short), "PolicyName": name}
    before = iam.get_role_policy(**where)["PolicyDocument"]
    iam.put_role_policy(**where, PolicyDocument=policy(*change(json.loads(json.dumps(before))["Statement"])))
    return lambda: iam.put_role_policy(**where, PolicyDocument=json.dumps(before))


def managed_policy(stack: Stack, short: str, *statements) -> Undo:
    """A managed policy of this account's own, attached to a function's role."""
    iam, role = stack.client("iam"), role_of(stack, short)
    arn = iam.create_policy(PolicyName=f"{role}-more", PolicyDocument=policy(*statements))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)

    def undo():
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        iam.delete_policy(PolicyArn=arn)

    return undo


def boundary(stack: Stack, short: str, *statements) -> Undo:
    """A permissions boundary around a function's role."""
    iam, role = stack.client("iam"), role_of(stack, short)
    arn = iam.create_policy(PolicyName=f"{role}-edge", PolicyDocument=policy(*statements))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)

    def undo():
        iam.delete_role_permissions_boundary(RoleName=role)
        iam.delete_policy(PolicyArn=arn)

    return undo


def without(action: str):
    """Statements without one action."""

    def change(statements):
        for statement in statements:
            statement["Action"] = [one for one in statement["Action"] if one != action]
        return [statement for statement in statements if statement["Action"]]

    return change


def bucket_policy(stack: Stack, bucket: str, *statements, public: bool = False) -> Undo:
    """Another policy for a bucket. A public one only gets in while the switches are off."""
    s3 = stack.client("s3")
    before = None
    with suppress(ClientError):
        before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]

    def put(text):
        if public:
            s3.delete_public_access_block(Bucket=bucket)
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
        if public:
            s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)

    put(policy(*statements))
    return lambda: put(before) if before else s3.delete_bucket_policy(Bucket=bucket)


def site_policy(stack: Stack, *more) -> Undo:
    """The site bucket's policy with more statements."""
    found = json.loads(stack.client("s3").get_bucket_policy(Bucket=stack.site_bucket)["Policy"])["Statement"]
    return bucket_policy(stack, stack.site_bucket, *found, *more)


def variables(stack: Stack, short: str, **values) -> Undo:
    """A function with other environment variables; None removes one."""
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    before = lambda_.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
    after = {key: value for key, value in {**before, **values}.items() if value is not None}

    def put(found):
        lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": found})
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(after)
    return lambda: put(before)


def published_version(stack: Stack, short: str) -> tuple[str, Undo]:
    """The number of a version of a function, as it is now, and how it goes again."""
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    version = lambda_.publish_version(FunctionName=name)["Version"]
    return version, lambda: lambda_.delete_function(FunctionName=name, Qualifier=version)


def alias(stack: Stack, short: str, alias: str) -> Undo:
    """An alias that leads to a version of a function."""
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    version, unpublish = published_version(stack, short)
    lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return lambda: (lambda_.delete_alias(FunctionName=name, Name=alias), unpublish())


def permitted(stack: Stack, short: str, qualifier: str, **statement) -> None:
    """One more statement in the policy of a version or an alias. It goes with the version or alias."""
    given = {"StatementId": "mutant", "Action": "lambda:InvokeFunction", **statement}
    name = stack.functions[short].name
    stack.client("lambda").add_permission(FunctionName=name, Qualifier=qualifier, **given)


def permission(stack: Stack, short: str, remove: str | None = None, **add) -> Undo:
    """A function's policy with one statement less, or one more, or another."""
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    statements = json.loads(lambda_.get_policy(FunctionName=name)["Policy"])["Statement"]
    gone = next((one for one in statements if one["Sid"] == remove), None)
    if gone:
        lambda_.remove_permission(FunctionName=name, StatementId=remove)
    added = {"FunctionName": name, "StatementId": "mutant", "Action": "lambda:InvokeFunction", **add}
    if add:
        lambda_.add_permission(**added)

    def undo():
        if add:
            lambda_.remove_permission(FunctionName=name, StatementId=added["StatementId"])
        if gone:
            sources = {key: value for one in gone["Condition"].values() for key, value in one.items()}
            given = {key.removeprefix("AWS:"): value for key, value in sources.items()}
            lambda_.add_permission(
                FunctionName=name,
                StatementId=remove,
                Action=gone["Action"],
                Principal=gone["Principal"]["Service"],
                **given,
            )

    return undo


def api_of(stack: Stack):
    client = stack.client("apigatewayv2")
    return client, find_api(client, stack.api_name)


def api_source(stack: Stack, requests: str) -> str:
    """How a permission names requests to the stack's API: stage, method, path."""
    _, api = api_of(stack)
    return f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/{requests}"


def api_cors(stack: Stack, **changes) -> Undo:
    """The API with another CORS configuration."""
    client, api = api_of(stack)
    before = client.get_api(ApiId=api)["CorsConfiguration"]
    client.update_api(ApiId=api, CorsConfiguration={**before, **changes})

    def undo():
        client.delete_cors_configuration(ApiId=api)
        client.update_api(ApiId=api, CorsConfiguration=before)

    return undo


def bucket_cors(stack: Stack, change) -> Undo:
    """The upload bucket with other CORS rules."""
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    after = change(json.loads(json.dumps(before)))
    if after:
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": after})
    else:
        s3.delete_bucket_cors(Bucket=bucket)
    return lambda: s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": before})


def origin_of(stack: Stack) -> str:
    client, api = api_of(stack)
    return client.get_api(ApiId=api)["CorsConfiguration"]["AllowOrigins"][0]


def notifications(stack: Stack, change) -> Undo:
    """The upload bucket with other notifications."""
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_bucket_notification_configuration(Bucket=bucket)
    before.pop("ResponseMetadata")

    def put(configuration):
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
        )

    put(change(json.loads(json.dumps(before))))
    return lambda: put(before)


def trigger(**changes):
    """The index function's trigger, changed."""

    def change(found):
        found["LambdaFunctionConfigurations"][0].update(changes)
        return found

    return change


def filtered(**rules):
    return {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules.items()]}}


def published(stack: Stack, key: str, content: str) -> Undo:
    """One more file of the page, or another."""
    s3, where = stack.client("s3"), {"Bucket": stack.site_bucket, "Key": key}
    before = None
    with suppress(ClientError):
        before = s3.get_object(**where)["Body"].read()
    s3.put_object(**where, Body=content.encode())
    return lambda: s3.put_object(**where, Body=before) if before is not None else s3.delete_object(**where)


def route(stack: Stack, key: str):
    client, api = api_of(stack)
    return next(one for one in client.get_routes(ApiId=api)["Items"] if one["RouteKey"] == key)


def target_of(stack: Stack, short: str) -> str:
    client, api = api_of(stack)
    for one in client.get_integrations(ApiId=api)["Items"]:
        if one.get("IntegrationUri") == stack.function_arn(short):
            return f"integrations/{one['IntegrationId']}"
    raise LookupError(short)


def more_route(stack: Stack, key: str, short: str) -> Undo:
    client, api = api_of(stack)
    client.create_route(ApiId=api, RouteKey=key, Target=target_of(stack, short))
    return lambda: client.delete_route(ApiId=api, RouteId=route(stack, key)["RouteId"])


def led(stack: Stack, key: str, target: str) -> Undo:
    """A route that leads elsewhere."""
    client, api = api_of(stack)
    found = route(stack, key)
    client.update_route(ApiId=api, RouteId=found["RouteId"], Target=target)
    return lambda: client.update_route(ApiId=api, RouteId=found["RouteId"], Target=found["Target"])


def bucket_grants(stack, short, action, **more):
    role = f"arn:aws:iam::{stack.account_id}:role/{role_of(stack, short)}"
    given = allow(action, f"arn:aws:s3:::{stack.upload_bucket}/incoming/*")
    statement = {"Sid": "Mutant", "Principal": {"AWS": role}, **given, **more}
    return bucket_policy(stack, stack.upload_bucket, statement)


def website(stack, change) -> Undo:
    """The site bucket's website, changed; None deletes it."""
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = {"IndexDocument": s3.get_bucket_website(Bucket=bucket)["IndexDocument"]}
    if after := change(before):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=after)
    else:
        s3.delete_bucket_website(Bucket=bucket)
    return lambda: s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=before)


def concurrency(stack, short, number) -> Undo:
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
    return lambda: lambda_.delete_function_concurrency(FunctionName=name)


def failures(stack, make) -> Undo:
    from dashboard.stack.monitoring import send_failures

    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    make(lambda_, name)
    return lambda: send_failures(lambda_, name, stack.failure_queue_arn)


def integration(stack, short, **changes) -> Undo:
    client, api = api_of(stack)
    where = {"ApiId": api, "IntegrationId": target_of(stack, short).partition("/")[2]}
    before = client.get_integration(**where)
    client.update_integration(**where, **changes)
    return lambda: client.update_integration(**where, **{name: before[name] for name in changes})


def stage(stack, **changes) -> Undo:
    client, api = api_of(stack)
    before = client.get_stage(ApiId=api, StageName="$default")
    client.update_stage(ApiId=api, StageName="$default", **changes)
    return lambda: client.update_stage(
        ApiId=api, StageName="$default", **{name: before[name] for name in changes}
    )


def started_at(stack, short, handler) -> Undo:
    lambda_, name = stack.client("lambda"), stack.functions[short].name

    def put(one):
        lambda_.update_function_configuration(FunctionName=name, Handler=one)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(handler)
    return lambda: put("lambda_function.lambda_handler")
