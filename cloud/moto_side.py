"""The moto side: how a request is handed over to moto, and the few places of moto that we reach into.

moto holds the resources. Everything that depends on how moto is made inside stands in this module, and
``tests/cloud/test_moto_side.py`` fails loudly when moto changes it.
"""

from __future__ import annotations

import binascii
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes
from xml.parsers.expat import ExpatError

os.environ |= {
    "MOTO_DISABLE_GLOBAL_CORS": "1",  # no CORS header that nobody configured
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # we rewrite such requests to path style ourselves
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # roles attach AWSLambdaBasicExecutionRole
}

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaFunction
from moto.backends import get_backend
from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import create_backend_app

from cloud.wire import BLOCK, Headers, Request, Response

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID
MODULES = {"lambda": "awslambda"}  # where moto's name is not botocore's

# What moto's code ends with when it meets input that it did not expect; AWS refuses such input.
STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ExpatError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    binascii.Error,
)

_applications: dict[str, Any] = {}
_making = threading.Lock()


def forward(request: Request, service: str, region: str, access_key_id: str) -> Response:
    """Let moto answer a request. Its status, headers and body come back as they are.

    moto sees the request as signed by ``access_key_id``, whatever it was: who asks is settled before.
    Raises NotImplementedError when moto has no such service, and whatever moto stumbles over.
    """
    application = _applications.get(service) or _application(service)
    credential = f"{access_key_id}/20261124/{region}/{service}/aws4_request"
    headers = [(name, value) for name, value in request.headers if name not in ("authorization", "origin")]
    headers.append(
        ("authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0")
    )
    request = replace(request, headers=headers)
    answer = Response()

    def start_response(status: str, headers: Headers, _: Any = None) -> None:
        answer.status, answer.headers = int(status.split(" ", 1)[0]), list(headers)

    with closing(application(environ_of(request, service, region), start_response)) as body:
        answer.body = b"".join(body)
    return answer


def _application(service: str) -> Any:
    with _making:
        if service not in _applications:
            try:
                _applications[service] = create_backend_app(MODULES.get(service, service))
            except (KeyError, ImportError, TypeError) as error:
                raise NotImplementedError(service) from error
        return _applications[service]


def backend(service: str, region: str, account: str = ACCOUNT_ID) -> Any:
    """Moto's state of a service in a region; "global" for services without regions."""
    backends = get_backend(MODULES.get(service, service))
    return backends[account][region if region in backends[account] or region != "global" else "aws"]


def environ_of(request: Request, service: str, region: str = "us-east-1") -> dict[str, Any]:
    """The request as a WSGI environment that moto takes for one of ``service``."""
    request.body.seek(0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.target,
        "REMOTE_ADDR": request.source_ip,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": request.protocol,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": request.body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    spelled: dict[str, str] = {}
    for name, value in request.headers:
        key = environ_key_for_header(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
        if should_preserve_original_header_name(name):
            spelled[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = spelled
    environ["HTTP_HOST"] = f"{service}.{region}.amazonaws.com"
    return environ


@dataclass(frozen=True)
class AccessKey:
    """An IAM user's access key."""

    secret: str
    user_name: str
    user_arn: str
    user_id: str


def iam_access_key(access_key_id: str) -> AccessKey | None:
    """The active access key of that id, or None."""
    iam = backend("iam", "aws")
    key = iam.access_keys.get(access_key_id)
    if key is None or key.status != "Active" or key.user_name not in iam.users:
        return None
    user = iam.users[key.user_name]
    return AccessKey(key.secret_access_key, user.name, user.arn, user.id)


@dataclass(frozen=True)
class AttachedPolicy:
    """A policy document as text, and the name that the simulator gives to where it stands."""

    text: str
    name: str
    kind: str


def _attached(holder: Any, kind: str) -> Iterator[AttachedPolicy]:
    for name, text in list(holder.policies.items()):
        yield AttachedPolicy(text, f"{kind}_{holder.name}_{name}", "IAM Policy")
    for policy in list(holder.managed_policies.values()):
        yield AttachedPolicy(_default_document(policy), policy.name, "IAM Policy")


def _default_document(policy: Any) -> str:
    return next((v.document for v in policy.versions if v.version_id == policy.default_version_id), "")


def iam_role(name: str) -> Any | None:
    """The role of that name: ``arn``, ``id``, ``tags``, ``assume_role_policy_document`` ..., or None."""
    return next((role for role in list(backend("iam", "aws").roles.values()) if role.name == name), None)


def iam_user(name: str) -> Any | None:
    """The user of that name, or None."""
    return backend("iam", "aws").users.get(name)


def iam_role_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a role."""
    role = iam_role(name)
    return list(_attached(role, "role")) if role else []


def iam_user_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a user, and of the groups that the user is in."""
    user = iam_user(name)
    if user is None:
        return []
    groups = [group for group in backend("iam", "aws").groups.values() if user in group.users]
    return [*_attached(user, "user"), *(policy for group in groups for policy in _attached(group, "group"))]


def iam_group_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a group."""
    group = backend("iam", "aws").groups.get(name)
    return list(_attached(group, "group")) if group else []


def iam_managed_policy(arn: str) -> str | None:
    """The document of a managed policy's default version, as text, or None."""
    policy = backend("iam", "aws").managed_policies.get(arn)
    return _default_document(policy) if policy else None


def iam_tags(holder: Any) -> dict[str, str]:
    """The tags of a user or role. Moto keeps a role's with the role and a user's with its tagger."""
    own = getattr(holder, "tags", None)
    if isinstance(own, dict):
        return {key: tag["Value"] for key, tag in own.items()}
    listed = backend("iam", "aws").tagger.list_tags_for_resource(holder.arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def lambda_function(name: str, qualifier: str | None, region: str) -> Any | None:
    """The function, version or alias target of that name, or None."""
    try:
        return backend("lambda", region).get_function(name, qualifier)
    except UnknownFunctionException:
        return None


def log_exists(region: str, group: str, stream: str | None = None) -> bool:
    """Whether a log group, or a stream in it, exists."""
    found = backend("logs", region).groups.get(group)
    return found is not None and (stream is None or stream in found.streams)


def create_log(region: str, group: str, stream: str | None = None) -> None:
    """Make a log group, or a stream in one that exists. Does nothing when it is there already."""
    logs = backend("logs", region)
    if stream is None:
        logs.ensure_log_group(group)
    else:
        logs.ensure_log_stream(group, stream)


def put_log_events(region: str, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
    """Append events, (milliseconds since 1970, text), to a stream that exists."""
    records = [{"timestamp": timestamp, "message": text} for timestamp, text in events]
    backend("logs", region).put_log_events(group, stream, records)


def drop_expired_logs(region: str, now: float) -> None:
    """Remove log events that are older than their group's retention; ``now`` in seconds since 1970."""
    for group in list(backend("logs", region).groups.values()):
        if group.retention_in_days:
            oldest = (now - int(group.retention_in_days) * 86_400) * 1000
            for stream in list(group.streams.values()):
                if any(event.timestamp < oldest for event in stream.events):
                    stream.events = [event for event in stream.events if event.timestamp >= oldest]


def bucket(name: str) -> Any | None:
    """Moto's bucket of that name: ``keys``, ``cors``, ``acl``, ``public_access_block`` ..., or None."""
    return backend("s3", "aws").buckets.get(name)


def object_of(bucket_name: str, key: str, version_id: str | None = None) -> Any | None:
    """Moto's object: ``size``, ``etag``, ``metadata``, ``version_id`` ..., or None."""
    return backend("s3", "aws").get_object(bucket_name, key, version_id)


def close_bucket(name: str) -> None:
    """Give a new bucket what S3 gives it since April 2023: all public access blocked, ACLs disabled."""
    s3 = backend("s3", "aws")
    on = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), "true"
    )
    s3.put_public_access_block(name, on)
    if s3.get_bucket_ownership_controls(name) is None:
        s3.put_bucket_ownership_controls(name, "BucketOwnerEnforced")


def account_public_access_block() -> Any | None:
    """The four switches of the whole account, or None."""
    return backend("s3control", "aws").public_access_block


def http_apis(region: str) -> dict[str, Any]:
    """Moto's HTTP APIs by id: ``routes``, ``integrations``, ``stages``, ``cors_configuration`` ..."""
    return dict(backend("apigatewayv2", region).apis)


def object_tags(bucket_name: str, key: str, version_id: str | None = None) -> dict[str, str]:
    """The tags of an object; none when it does not exist."""
    s3, known = backend("s3", "aws"), bucket(bucket_name) is not None
    stored = object_of(bucket_name, key, version_id) if known else None
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(stored)["Tags"]} if stored else {}


def acl_permissions(acl: Any, *, authenticated: bool) -> set[str]:
    """What an ACL lets everyone do, or everyone with an AWS account."""
    groups = {"http://acs.amazonaws.com/groups/global/AllUsers"}
    if authenticated:
        groups.add("http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
    return {
        permission
        for grant in (acl.grants if acl else ())
        if any(grantee.uri in groups for grantee in grant.grantees)
        for permission in grant.permissions
    }


def is_delete_marker(bucket_name: str, key: str) -> bool:
    """Whether the newest version of a key is a delete marker."""
    found = backend("s3", "aws").get_object(bucket_name, key, return_delete_marker=True)
    return type(found).__name__ == "FakeDeleteMarker"


def last_modified(stored: Any) -> float:
    """When an object was written, in whole seconds since 1970."""
    return float(int(stored.last_modified.replace(tzinfo=UTC).timestamp()))


def swap_content(stored: Any, file: BinaryIO, size: int, md5: str) -> None:
    """Put a file in the place of an object's content, without reading it into memory."""
    with stored.lock:
        stored._value_buffer.close()
        stored._value_buffer = file
        stored.contentsize, stored._etag = size, md5


def content_of(stored: Any) -> tuple[bytes, int | None]:
    """An object's content: bytes of a small one; for one in a file, a descriptor of it, to be closed."""
    with stored.lock:
        buffer = stored._value_buffer
        if isinstance(buffer, tempfile.SpooledTemporaryFile) and not buffer._rolled:  # type: ignore[attr-defined]
            buffer.seek(0)
            return buffer.read(), None
        buffer.flush()
        return b"", os.dup(buffer.fileno())


def read_content(stored: Any, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """An object's bytes from ``start`` to ``end``, block by block."""
    content, descriptor = content_of(stored)
    if descriptor is None:
        yield content[start:end]
        return
    try:
        end = stored.contentsize if end is None else end
        while start < end and (block := os.pread(descriptor, min(BLOCK, end - start), start)):
            start += len(block)
            yield block
    finally:
        os.close(descriptor)


@contextmanager
def emptied(stored: Any) -> Iterator[None]:
    """Let an object seem empty for a while, so that moto copies nothing of it. Nobody may read it then."""
    kept, stored._value_buffer = stored._value_buffer, BytesIO()
    try:
        yield
    finally:
        stored._value_buffer = kept


Finder = Callable[[], Any]


def multipart(bucket_name: str, upload_id: str) -> Any | None:
    """An upload in parts that is under way: ``parts`` by their numbers, ``key_name`` ...; or None."""
    found = bucket(bucket_name)
    return found.multiparts.get(upload_id) if found is not None else None


def part_of(bucket_name: str, upload_id: str, number: int) -> Any | None:
    """A part of an upload that is under way; it looks like an object."""
    found = multipart(bucket_name, upload_id)
    return found.parts.get(number) if found is not None else None


def set_part(bucket_name: str, upload_id: str, number: int) -> Any:
    """Give an upload an empty part, or empty the one of that number."""
    return backend("s3", "aws").upload_part(bucket_name, upload_id, number, b"")


def checksum_kind(upload: Any) -> tuple[str, str]:
    """The checksum that an upload was begun with, and whether it is over parts or over everything."""
    algorithm = str(upload.metadata.get("x-amz-checksum-algorithm") or "")
    kind = str(upload.metadata.get("x-amz-checksum-type") or "COMPOSITE")
    return algorithm, "FULL_OBJECT" if algorithm == "CRC64NVME" else kind


def complete_multipart(
    bucket_name: str,
    upload_id: str,
    file: BinaryIO,
    size: int,
    etag: str,
    checksum: tuple[str, str, int] | None,
) -> Any:
    """Make an object of an upload, whose parts stand in ``file`` one after the other."""
    s3 = backend("s3", "aws")
    upload = bucket(bucket_name).multiparts.pop(upload_id)  # type: ignore[union-attr]
    made = s3.put_object(
        bucket_name, upload.key_name, b"", storage=upload.storage, etag=etag, multipart=upload,
        encryption=upload.sse_encryption, kms_key_id=upload.kms_key_id, disable_notification=True,
    )  # fmt: skip
    swap_content(made, file, size, etag)
    made.set_metadata(upload.metadata)
    if checksum:
        made.checksum_algorithm = upload.metadata.get("x-amz-checksum-algorithm")
        made.checksum_type, made.checksum_value, made.checksum_parts = checksum
    s3.put_object_tagging(made, upload.tags)
    s3.put_object_acl(bucket_name, made.name, upload.acl, disable_notification=True)
    for part in upload.parts.values():
        part.dispose()
    return made


def modified(stored: Any) -> datetime:
    """When an object was written, to the second."""
    return datetime.fromtimestamp(last_modified(stored), UTC).replace(tzinfo=None)


def is_versioned(bucket_name: str) -> bool:
    found = bucket(bucket_name)
    return bool(found and found.is_versioned)


def size_etag_version(stored: Any) -> tuple[int | None, str, str]:
    """An object's size in bytes, its ETag without quotes, and its version; of none, nothing."""
    return (
        (stored.size, stored.etag.strip('"'), str(stored.version_id))
        if stored is not None
        else (None, "", "")
    )


def delete_object(bucket_name: str, key: str, version_id: str | None) -> dict[str, Any]:
    """Delete an object, or put a delete marker; what DeleteObjects says of it comes back. Raises Refused."""
    s3, passing = backend("s3", "aws"), ""
    if marks_without_object(bucket_name, key, version_id):
        passing = s3.put_object(bucket_name, key, b"", disable_notification=True).version_id
    _, meta = s3.delete_object(bucket_name, key, version_id=version_id)
    if passing:
        s3.delete_object(bucket_name, key, version_id=passing)
    if meta.get("delete-marker") == "true":
        return {"DeleteMarker": True, "DeleteMarkerVersionId": meta["version-id"]}
    return {}


def marks_without_object(bucket_name: str, key: str, version_id: str | None) -> bool:
    """Whether deleting leaves a marker although there never was such an object: moto knows no such marker."""
    found = bucket(bucket_name)
    return found is not None and found.is_versioned and version_id is None and key not in found.keys


Refused = ServiceException  # what moto raises where AWS refuses: ``code`` and ``message``


def iam_arn(kind: str, name: str) -> str | None:
    """The ARN of a role, user or group that exists, with its path; or None."""
    iam = backend("iam", "aws")
    holder = {"role": iam_role, "user": iam_user, "group": iam.groups.get}.get(kind, lambda _: None)(name)
    return str(holder.arn) if holder is not None else None


def table_hash_key(name: str, region: str, index: str | None = None) -> str:
    """The name of a table's partition key, or of an index's; empty when there is no such table."""
    table = backend("dynamodb", region).tables.get(name)
    if table is None:
        return ""
    schema = table.schema
    if index:
        found = [one for one in (*table.global_indexes, *table.indexes) if one.name == index]
        schema = found[0].schema if found else schema
    return next((str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH"), "")


def table_tags(arn: str, region: str) -> dict[str, str]:
    """The tags of a table; none when it does not exist."""
    tables = backend("dynamodb", region).tables
    found = tables.get(arn.rpartition("/")[2])
    return {tag["Key"]: tag["Value"] for tag in found.tags} if found is not None else {}


def quick_create(api: Any, kind: str, target: str, version: str, route_key: str) -> None:
    """Give an API one integration, one route to it, and a stage that deploys by itself."""
    integration = api.create_integration(
        connection_id=None, connection_type="INTERNET", content_handling_strategy=None, credentials_arn=None,
        description=None, integration_method="POST" if kind == "AWS_PROXY" else "ANY", integration_type=kind,
        integration_uri=target, passthrough_behavior=None, payload_format_version=version,
        integration_subtype=None, request_parameters=None, request_templates=None, response_parameters=None,
        template_selection_expression=None, timeout_in_millis=None, tls_config=None,
    )  # fmt: skip
    api.create_route(
        api_key_required=False, authorization_scopes=None, authorization_type="NONE", authorizer_id=None,
        model_selection_expression=None, operation_name=None, request_models=None, request_parameters=None,
        route_key=route_key, route_response_selection_expression=None,
        target=f"integrations/{integration.id}",
    )  # fmt: skip
    api.create_stage({"stageName": "$default", "autoDeploy": True})


def put_metric(
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    value: float,
    unit: str,
    when: datetime,
) -> Any:
    """Begin a data point with one observation; ``grow_metric`` adds further ones."""
    pairs = [{"Name": key, "Value": item} for key, item in dimensions.items()]
    point = MetricAggregatedDatum(namespace, name, value, value, 1.0, value, pairs, when, unit)
    backend("cloudwatch", region).metric_data.append(point)
    return point


def grow_metric(point: Any, value: float) -> None:
    point.sum += value
    point.sample_count += 1
    point.min, point.max = min(point.min, value), max(point.max, value)


def drop_metrics(region: str, older_than: float) -> None:
    """Forget data points older than so many seconds."""
    oldest = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=older_than)
    cloudwatch = backend("cloudwatch", region)
    cloudwatch.metric_data = [point for point in cloudwatch.metric_data if point.timestamp >= oldest]


def metric_alarms(region: str) -> list[Any]:
    """The alarms: ``metric_name``, ``threshold``, ``state_value``, ``update_state()`` ..."""
    return list(backend("cloudwatch", region).alarms.values())


def metric_value(region: str, alarm: Any, start: datetime, period: int) -> float | None:
    """The statistic that an alarm looks at, over one period; None without data."""
    pairs = [{"Name": one.name, "Value": one.value} for one in alarm.dimensions]
    found = backend("cloudwatch", region).get_metric_statistics(
        alarm.namespace,
        alarm.metric_name,
        start,
        start + timedelta(seconds=period),
        period,
        [alarm.statistic],
        pairs,
    )
    value = found[0].get_statistics_for_type(alarm.statistic) if found else None
    return None if value is None else float(value)


def send_message(queue_arn: str, text: str, attributes: Mapping[str, str]) -> bool:
    """Put a message into a queue; False when there is no such queue."""
    region, name = queue_arn.split(":")[3], queue_arn.rsplit(":", 1)[-1]
    sqs = backend("sqs", region)
    if name not in sqs.queues:
        return False
    named = {
        key: {"DataType": "Number" if value.isdigit() else "String", "StringValue": value}
        for key, value in attributes.items()
        if value
    }
    sqs.send_message(name, text, message_attributes=named)
    return True


def queue_policy(queue_arn: str) -> str | None:
    """The policy of a queue as text; None when there is no such queue."""
    region, name = queue_arn.split(":")[3], queue_arn.rsplit(":", 1)[-1]
    queue = backend("sqs", region).queues.get(name)
    return None if queue is None else str(queue.policy or "{}")


def publish(topic_arn: str, text: str) -> bool:
    """Publish to a topic; False when there is no such topic."""
    sns = backend("sns", topic_arn.split(":")[3])
    if topic_arn not in sns.topics:
        return False
    sns.publish(text, topic_arn)
    return True


def put_event(bus_arn: str, region: str, text: str) -> bool:
    """Put an outcome of Lambda's on an event bus."""
    entry = {
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result",
        "Detail": text,
        "EventBusName": bus_arn.rsplit("/", 1)[-1],
    }
    backend("events", region).put_events([entry])
    return True


def route_invocations_to(invoke: Callable[[str, str], tuple[str, bool]]) -> None:
    """Let moto's own events (SNS, EventBridge, SQS mappings) run functions where we run them.

    ``invoke`` takes a function's ARN and an event as JSON, and returns the payload and whether it failed.
    """

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        payload, failed = invoke(self.function_arn, json.dumps({} if event is None else event))
        return payload, failed, ""

    LambdaFunction._invoke_lambda = run


def topic_policy(topic_arn: str) -> str | None:
    """The policy of a topic as text; None when there is no such topic."""
    topic = backend("sns", topic_arn.split(":")[3]).topics.get(topic_arn)
    return None if topic is None else str(topic.policy)


@dataclass(frozen=True)
class LoggedEvent:
    """One log event, and where it stands."""

    timestamp: int
    message: str
    stream: str
    group: str
    id: str


@dataclass(frozen=True)
class LogQuery:
    """An Insights query that was begun, and the events in its groups and span."""

    text: str
    events: list[LoggedEvent]


def log_query(region: str, query_id: str) -> LogQuery | None:
    """The query of that id, or None."""
    logs = backend("logs", region)
    query = logs.queries.get(query_id)
    if query is None:
        return None
    first, last = query.start_time * 1000, query.end_time * 1000 + 999
    events = [
        LoggedEvent(int(event.timestamp), event.message, stream.log_stream_name, name, str(event.event_id))
        for name in query.log_group_names
        if name in logs.groups
        for stream in list(logs.groups[name].streams.values())
        for event in list(stream.events)
        if first <= event.timestamp <= last
    ]
    return LogQuery(query.query, events)


# ---- DynamoDB ----------------------------------------------------------------------------------------------

_moto_query = Table.query


def answer_queries_with(answer: Callable[..., Any], refusal: type[Exception]) -> None:
    """Let queries be answered by ``answer``, which takes what ``Table.query`` takes; None leaves it to moto.

    A ``refusal`` that it raises becomes a ValidationException with that message.
    """

    def query(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            found = answer(self, *arguments, **named)
        except refusal as error:
            raise MockValidationException(str(error)) from None
        return _moto_query(self, *arguments, **named) if found is None else found

    Table.query = query


def table(name: str, region: str) -> Any | None:
    """Moto's table of that name or ARN: ``items``, ``schema``, ``ttl``, ``global_indexes`` ..., or None."""
    return backend("dynamodb", region).tables.get(name.rpartition("/")[2])


def tables(region: str) -> list[Any]:
    """Every table."""
    return list(backend("dynamodb", region).tables.values())


@dataclass(frozen=True)
class Index:
    """A secondary index: its name, its member in ConsumedCapacity, its own key attributes."""

    name: str
    kind: str
    keys: tuple[str, ...]
    of_moto: Any

    def project(self, attributes: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What the index holds of an item; None where it does not hold it."""
        if attributes is None or any(key not in attributes for key in self.keys):
            return None
        if self.of_moto.projection.get("ProjectionType") == "ALL":
            return dict(attributes)
        more = self.of_moto.projection.get("NonKeyAttributes", ())
        kept = {*self.keys, *self.of_moto.table_key_attrs, *more}
        return {name: value for name, value in attributes.items() if name in kept}


def indexes(table_name: str, region: str) -> list[Index]:
    """The secondary indexes of a table."""
    found = table(table_name, region)
    if found is None:
        return []
    kinds = (("GlobalSecondaryIndexes", found.global_indexes), ("LocalSecondaryIndexes", found.indexes))
    return [
        Index(one.name, kind, tuple(one.schema_key_attrs), one)
        for kind, several in kinds
        for one in several or ()
    ]


def stored_item(table_name: str, region: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item with the key that ``key``, a key or an item, holds; None where there is none."""
    found = table(table_name, region)
    if found is None:
        return None
    try:
        names = [name for name in (found.hash_key_attr, found.range_key_attr) if name is not None]
        item = found.get_item(*(DynamoType(key[name]) for name in names))
    except (KeyError, MockValidationException):
        return None
    return dict(item.to_json()["Attributes"]) if item is not None else None
