"""API Gateway's operations: what it makes, and what it refuses in its own words."""

import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import make_function
from tests.cloud.http_api.making import ask, make_api, make_integration, permit


@pytest.fixture(scope="module")
def client(aws):
    return boto3.client("apigatewayv2")


@pytest.fixture(scope="module")
def function(aws):
    return make_function("def handler(event, context): return event['routeKey']")


@pytest.fixture
def api(aws):
    return make_api()[0]


def refused(call, **asked):
    with pytest.raises(ClientError) as caught:
        call(**asked)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_the_endpoint_is_an_address_that_works(client, api, function):
    permit(api, function)
    client.create_route(ApiId=api, RouteKey="GET /", Target=make_integration(api, function))
    url = client.get_api(ApiId=api)["ApiEndpoint"]
    assert url.startswith("http://127.0.0.1:")
    assert urllib.request.urlopen(url).read() == b"GET /"


def test_the_api_is_there_under_its_own_name_as_well(client, api, function, aws):
    permit(api, function)
    client.create_route(ApiId=api, RouteKey="$default", Target=make_integration(api, function))
    port = aws.endpoint_url.rpartition(":")[2]
    found = ask(aws.endpoint_url, "/x", headers={"Host": f"{api}.execute-api.localhost:{port}"})
    assert found.body == b"$default"


def test_quick_create_makes_everything(client, function):
    arn = boto3.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    made = client.create_api(Name="quick", ProtocolType="HTTP", Target=arn)
    permit(made["ApiId"], function)
    [route] = client.get_routes(ApiId=made["ApiId"])["Items"]
    [integration] = client.get_integrations(ApiId=made["ApiId"])["Items"]
    [stage] = client.get_stages(ApiId=made["ApiId"])["Items"]
    assert (route["RouteKey"], stage["StageName"], stage["AutoDeploy"]) == ("$default", "$default", True)
    assert integration["PayloadFormatVersion"] == "2.0"
    assert ask(made["ApiEndpoint"], "/anything").body == b"$default"


@pytest.mark.parametrize("key", ["FETCH /files", "GET files", "GET /{a+}/b", "/files"])
def test_a_malformed_route_key_is_refused(client, api, key):
    assert refused(client.create_route, ApiId=api, RouteKey=key)[::2] == ("BadRequestException", 400)


def test_a_route_key_is_taken_once(client, api):
    client.create_route(ApiId=api, RouteKey="GET /a")
    found = refused(client.create_route, ApiId=api, RouteKey="GET /a")
    assert found == ("ConflictException", "Route with key GET /a already exists for this API", 409)
    other = client.create_route(ApiId=api, RouteKey="GET /b")["RouteId"]
    assert refused(client.update_route, ApiId=api, RouteId=other, RouteKey="GET /a")[0] == "ConflictException"


def test_a_route_to_an_integration_that_is_not_there_is_refused(client, api):
    found = refused(client.create_route, ApiId=api, RouteKey="GET /", Target="integrations/none")
    assert found[:2] == ("BadRequestException", "Unable to find Integration with id none")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"IntegrationType": "AWS"}, "may only be associated with proxy integrations"),
        ({"IntegrationType": "AWS_PROXY"}, "PayloadFormatVersion is a required parameter"),
        ({"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "3.0"}, "3.0 is not supported"),
        (
            {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0", "TimeoutInMillis": 30_001},
            "Timeout should be between 50 ms and 30000 ms",
        ),
    ],
)
def test_an_integration_that_http_apis_do_not_have_is_refused(client, api, settings, complaint):
    code, message, _ = refused(
        client.create_integration, ApiId=api, IntegrationUri="arn:aws:lambda:x", **settings
    )
    assert code == "BadRequestException"
    assert complaint in message


def test_an_integration_in_use_stays(client, api, function):
    target = make_integration(api, function)
    route = client.create_route(ApiId=api, RouteKey="GET /", Target=target)["RouteId"]
    wanted = target.removeprefix("integrations/")
    assert refused(client.delete_integration, ApiId=api, IntegrationId=wanted)[0] == "ConflictException"
    client.delete_route(ApiId=api, RouteId=route)
    client.delete_integration(ApiId=api, IntegrationId=wanted)


@pytest.mark.parametrize(
    "configuration",
    [{"AllowOrigins": ["no origin"]}, {"AllowOrigins": ["*"], "AllowCredentials": True}],
)
def test_cors_that_no_browser_takes_is_refused(client, configuration):
    found = refused(client.create_api, Name="x", ProtocolType="HTTP", CorsConfiguration=configuration)
    assert found[0] == "BadRequestException"


def test_stages_are_checked(client, api):
    assert refused(client.create_stage, ApiId=api, StageName="$default")[0] == "ConflictException"
    assert refused(client.create_stage, ApiId=api, StageName="a b")[0] == "BadRequestException"
    assert refused(client.get_stage, ApiId=api, StageName="none")[0] == "NotFoundException"
    settings = {"GET /none": {"ThrottlingRateLimit": 1}}
    found = refused(client.update_stage, ApiId=api, StageName="$default", RouteSettings=settings)
    assert found[0] == "NotFoundException"


def test_updating_a_stage_leaves_the_rest_as_it_was(client, api):
    client.update_stage(ApiId=api, StageName="$default", Description="first", StageVariables={"a": "b"})
    client.update_stage(ApiId=api, StageName="$default", Description="second")
    stage = client.get_stage(ApiId=api, StageName="$default")
    assert (stage["Description"], stage["StageVariables"], stage["AutoDeploy"]) == (
        "second",
        {"a": "b"},
        True,
    )


def test_nothing_is_deployed_from_an_api_without_routes(client, api):
    found = refused(client.create_deployment, ApiId=api)
    assert found[1] == "At least one route is required before deploying the Api."


def test_a_deployment_in_use_stays(client, api):
    client.create_route(ApiId=api, RouteKey="GET /")
    client.create_stage(ApiId=api, StageName="prod")
    made = client.create_deployment(ApiId=api, StageName="prod", Description="one")
    shown = client.get_deployment(ApiId=api, DeploymentId=made["DeploymentId"])
    assert (shown["Description"], shown["DeploymentStatus"]) == ("one", "DEPLOYED")
    assert client.get_stage(ApiId=api, StageName="prod")["DeploymentId"] == made["DeploymentId"]
    asked = {"ApiId": api, "DeploymentId": made["DeploymentId"]}
    assert refused(client.delete_deployment, **asked)[0] == "BadRequestException"
    client.delete_stage(ApiId=api, StageName="prod")
    client.delete_deployment(**asked)
    assert refused(client.get_deployment, **asked)[0] == "NotFoundException"


def test_an_api_that_is_deleted_is_not_found(client, api):
    url = client.get_api(ApiId=api)["ApiEndpoint"]
    client.delete_api(ApiId=api)
    assert refused(client.get_api, ApiId=api)[0] == "NotFoundException"
    assert ask(url).status == 404


def test_import_and_export_are_refused_clearly(client, api):
    code, message, status = refused(client.import_api, Body="{}")
    assert (code, status) == ("NotImplemented", 501)
    assert "one by one" in message
