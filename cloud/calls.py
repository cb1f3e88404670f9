"""A call of an AWS operation: which service and operation a request means, what it asks, how to answer it.

AWS's own service models, which botocore carries, say how each operation looks on the wire; moto reads them
both ways. So nothing here knows a single URL or field name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as ModelRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model

from cloud import inputs
from cloud.aws_errors import AwsError
from cloud.moto_side import environ_of
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from moto.core.model import OperationModel

    from cloud.identity.principals import Principal

# The name under which a service's requests are signed, where it is not the service's own name in botocore.
SIGNING_NAMES = {
    "apigateway": "apigatewayv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}
TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "Logs_20140328": "logs",
    "GraniteServiceVersion20100801": "cloudwatch",
    "AmazonSQS": "sqs",
    "AWSEvents": "events",
    "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi",
}
VERSIONS = {
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2010-03-31": "sns",
    "2012-11-05": "sqs",
    "2010-08-01": "cloudwatch",
}
LARGEST_FORM = 64 * 1024  # bytes of a form that are looked at to tell what it is for
LAMBDA_PATH = re.compile(
    r"/20\d\d-\d\d-\d\d/(functions|layers|event-source-mappings|tags|account-settings)\b"
)
CREDENTIAL = re.compile(r"Credential=([^,\s]+)")


def service_of(request: Request) -> str:
    """The service that a request is for: what its signature says, else what it looks like, else S3."""
    scope = CREDENTIAL.search(request.header("authorization"))
    credential = scope[1] if scope else request.parameters.get("X-Amz-Credential", "")
    parts = credential.split("/")
    target = request.header("x-amz-target").partition(".")[0]
    if len(parts) >= 5:
        if not scope and request.path != "/":
            return "s3"  # of URLs that carry their signature, only S3's have a path: the scope is a mistake
        signed = _by_path(request, parts[-2].lower())
        return TARGETS.get(target, signed) if signed == "dynamodb" else signed  # its streams sign so, too
    if target in TARGETS:
        return TARGETS[target]
    if LAMBDA_PATH.match(request.path):
        return "lambda"
    if request.path.startswith("/v2/apis"):
        return "apigatewayv2"
    if request.header("content-type").startswith("application/x-www-form-urlencoded") and request.path == "/":
        version = re.search(rb"(?:^|&)Version=([\d-]+)", request.beginning(LARGEST_FORM))
        return VERSIONS.get(version[1].decode() if version else "", "s3")
    return VERSIONS.get(request.parameters.get("Version", ""), "s3")


def _by_path(request: Request, signing_name: str) -> str:
    if signing_name == "s3" and request.path.startswith("/v20180820/"):
        return "s3control"
    if signing_name == "apigateway" and not request.path.startswith(("/v2/", "/v2")):
        return "apigateway"
    return SIGNING_NAMES.get(signing_name, signing_name)


@dataclass
class Call:
    """One call of one operation. ``handlers`` answer it, or pass it on to moto."""

    request: Request
    service: str
    operation: OperationModel
    path_parameters: dict[str, Any]
    protocol: str
    caller: Principal = field(init=False)

    @property
    def name(self) -> str:
        """The operation's name, like ``PutObject``."""
        return str(self.operation.name)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The operation's input, by the names that boto3 uses. Reads the body, so not for object bodies.

        Raises AwsError, 400, when the input cannot be parsed.
        """
        body = self.request.content  # read first: a form is parsed from the same stream, from its start
        inputs.check_types(body, self.operation.input_shape, self.service, self.protocol)
        model_request = ModelRequest(environ_of(self.request, self.service))
        try:
            parsed = PROTOCOL_PARSERS[self.protocol](self.operation).parse(
                {
                    "body": body,
                    "headers": model_request.headers,
                    "method": self.request.method,
                    "url_params": self.path_parameters,
                    "url_path": model_request.raw_path,
                    "values": model_request.values,
                }
            )
        except AwsError:
            raise
        except Exception as error:  # moto's parsers raise whatever the malformed input made them trip over
            raise inputs.malformed(self.service, self.protocol, error) from error
        given: dict[str, Any] = inputs.without_nulls(dict(parsed or {}))
        inputs.check(given, self.operation.input_shape, self.service, self.protocol)
        return given

    def with_content(self, content: bytes) -> Call:
        """The same call with another body."""
        headers = [(name, value) for name, value in self.request.headers if name != "content-length"]
        headers.append(("content-length", str(len(content))))
        changed = replace(self, request=replace(self.request, headers=headers, body=BytesIO(content)))
        changed.caller = self.caller
        return changed

    def with_request(self, request: Request) -> Call:
        """The same call with another request behind it."""
        changed = replace(self, request=request)
        changed.caller = self.caller
        return changed

    def answer(self, result: Mapping[str, Any] | None = None) -> Response:
        """The operation's successful answer, serialized as its service does."""
        serializer = get_serializer_class(self.service, self.protocol)(
            operation_model=self.operation, pretty_print=False, value_picker=Picker()
        )
        serialized = serializer.serialize(dict(result or {}))
        body = serialized["body"]
        headers = [(name, str(value)) for name, value in serialized["headers"].items()]
        return Response(
            serialized["status_code"], headers, body.encode() if isinstance(body, str) else body or b""
        )


class Picker(XFormedAttributePicker):  # type: ignore[misc]
    """Takes the members of an answer from what it holds: by their own names, before moto tries others."""

    def __call__(self, context: AttributePickerContext) -> Any:
        if type(context.obj) is dict and context.key in context.obj:
            return context.obj[context.key]
        return super().__call__(context)


def protocol_of(request: Request, service: str) -> tuple[str, str]:
    """The protocol in which a service answers a request, and the prefix of its targets, if it has any."""
    try:
        model = get_service_model(service)
    except Exception:  # botocore knows no such service
        return "rest-json", ""
    protocol, prefix = str(model.protocol), request.header("x-amz-target").partition(".")[0]
    if prefix:
        return "json", prefix
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return "query", ""
    return protocol, ""


def identify(request: Request) -> Call:
    """Find the operation that a request means.

    Raises AwsError as AWS does for an operation that does not exist.
    """
    service = service_of(request)
    environ = environ_of(request, service)
    model_request = ModelRequest(environ)
    try:
        model = get_service_model(service)
        protocol = determine_request_protocol(model, model_request.content_type)
        operation, path_parameters = get_service_router(service).match(model_request)
    except NotFound:
        raise unknown_operation(request, service) from None
    except Exception as error:
        raise AwsError(
            "UnknownService", f"The embedded cloud has no service named {service!r}.", 404
        ) from error
    return Call(request, service, operation, path_parameters, protocol)


def unknown_operation(request: Request, service: str) -> AwsError:
    if service == "s3":
        details = {
            "Method": request.method,
            "ResourceType": "OBJECT" if "/" in request.path[1:] else "BUCKET",
        }
        message = "The specified method is not allowed against this resource."
        return AwsError("MethodNotAllowed", message, 405, details)
    if target := request.header("x-amz-target"):
        return AwsError("UnknownOperationException", f"Unknown operation {target!r}")
    if action := request.parameters.get("Action"):
        return AwsError(
            "InvalidAction", f"Could not find operation {action} for version NO_VERSION_SPECIFIED"
        )
    return AwsError("UnknownOperationException", f"Unknown operation: {request.method} {request.path}", 404)
