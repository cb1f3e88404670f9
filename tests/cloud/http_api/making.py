"""APIs for tests: routes to functions, on a port of their own, asked over real HTTP."""

import http.client
import json
import os
import uuid
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3

import cloud
from tests.cloud.functions.making import make_function

ECHO = """
def handler(event, context):
    answer = (event.get("queryStringParameters") or {}).get("answer")
    if answer:
        import json
        return json.loads(answer)
    return event
"""


@contextmanager
def own_cloud():
    """A cloud of a test's own, whose clock it may move; boto3 finds it instead of the shared one."""
    with cloud.start() as running:
        shared = {name: os.environ[name] for name in running.environ()}
        os.environ.update(running.environ())
        boto3.setup_default_session()  # the one before has kept its credentials
        try:
            yield running
        finally:
            os.environ.update(shared)
            boto3.setup_default_session()


def make_api(**settings):
    """An API without routes, that deploys by itself: (id, URL)."""
    client = boto3.client("apigatewayv2")
    api = client.create_api(Name=f"test-{uuid.uuid4().hex[:8]}", ProtocolType="HTTP", **settings)
    client.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    return api["ApiId"], api["ApiEndpoint"]


def make_integration(api_id, function, **settings):
    """An integration that calls a function; what ``Target`` of a route takes."""
    arn = boto3.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    made = boto3.client("apigatewayv2").create_integration(
        **{
            "ApiId": api_id,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": arn,
            "PayloadFormatVersion": "2.0",
        }
        | settings
    )
    return f"integrations/{made['IntegrationId']}"


def permit(api_id, function, source="*/*", account="123456789012"):
    """Let the API invoke a function, from the routes that ``source`` names."""
    boto3.client("lambda").add_permission(
        FunctionName=function,
        StatementId=f"api-{uuid.uuid4().hex[:8]}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{account}:{api_id}/{source}",
    )


def add_routes(api_id, target, *keys, **settings):
    client = boto3.client("apigatewayv2")
    for key in keys:
        client.create_route(ApiId=api_id, RouteKey=key, Target=target, **settings)


def make_echo(*keys, **settings):
    """An API whose routes all answer with the event, or with what ``?answer=`` says: (id, URL, function)."""
    function = make_function(ECHO)
    api_id, url = make_api(**settings)
    permit(api_id, function)
    add_routes(api_id, make_integration(api_id, function), *keys)
    return api_id, url, function


class Answer:
    """An answer as it came: status, header pairs, body."""

    def __init__(self, response):
        self.status, self.pairs, self.body = response.status, response.getheaders(), response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return next((value for key, value in self.pairs if key.lower() == name.lower()), None)

    def headers(self, name):
        return [value for key, value in self.pairs if key.lower() == name.lower()]


def ask(url, target="/", method="GET", body=None, headers=()):
    """Send a request just as it is given: no path is normalised, no header is joined."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    named = any(name.lower() == "host" for name, _ in pairs)
    connection.putrequest(method, target, skip_host=named, skip_accept_encoding=True)
    for name, value in pairs:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer
