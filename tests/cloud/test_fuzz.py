"""Whatever comes in, the cloud lives on, and refuses in AWS's shapes: no traceback, no silence.

FUZZ_EXAMPLES=20000 makes a run of minutes; as it stands it takes some seconds.
"""

import contextlib
import json
import os
import socket
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import boto3
import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import cloud
from tests.cloud.s3.conftest import ask


def words(text):
    return text.split()


EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
BUCKET = "fuzzed"
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def clients(running):
    keys = {
        "endpoint_url": running.endpoint_url,
        "region_name": running.region,
        "aws_access_key_id": running.credentials.access_key_id,
        "aws_secret_access_key": running.credentials.secret_access_key,
    }
    return lambda service: boto3.client(service, **keys)


@pytest.fixture(scope="module")
def target():
    """A cloud of its own, with a bucket, a table, a log group, a user and an API to stumble over."""
    with cloud.start() as running:
        revive(running)
        yield running
        assert running.running
        assert ask(f"{running.endpoint_url}/_cloud/health").status == 200


def revive(running):
    """Make what an example may have deleted."""
    client = clients(running)
    attempts = [
        lambda: client("s3").create_bucket(Bucket=BUCKET),
        lambda: client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"meow"),
        lambda: client("dynamodb").create_table(
            TableName=BUCKET,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        ),
        lambda: client("logs").create_log_group(logGroupName=BUCKET),
        lambda: client("iam").create_user(UserName=BUCKET),
        lambda: client("apigatewayv2").create_api(Name=BUCKET, ProtocolType="HTTP"),
    ]
    for attempt in attempts:
        with contextlib.suppress(ClientError):  # it is there
            attempt()


def shaped(status, headers, body):
    """Whether an answer is a success, or an error as some service of AWS words it."""
    if status < 400:
        return True
    kind = headers.get("content-type", "")
    if "xml" in kind:
        root = ElementTree.fromstring(body)
        return bool(root.findtext(".//{*}Code"))
    if "json" in kind:
        said = json.loads(body)
        return bool(said.get("__type") or headers.get("x-amzn-errortype") or "message" in said)
    return status == 421 or (not body and status in (403, 404, 405, 400, 412))


def check(answer, method):
    told = f"{answer.status} {answer.headers} {answer.body[:500]!r}"
    assert answer.status < 500 or answer.status == 501, told
    assert method == "HEAD" or shaped(answer.status, answer.headers, answer.body), told


def signed(running, service, method, path, body=b"", **headers):
    """Send a request that the owner signed: what is wrong with it is not its signature."""
    keys = Credentials(running.credentials.access_key_id, running.credentials.secret_access_key)
    url = f"{running.endpoint_url}{path}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, url, data=body, headers=sent)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, running.region).add_auth(request)
    return ask(url, method, body, **dict(request.headers))


# ---- not quite HTTP ----------------------------------------------------------------------------------------

LINES = b"""GET / HTTP/1.1
GET / HTTP/9.9
GET /
GET

OPTIONS * HTTP/1.1
CONNECT x:1 HTTP/1.1
GET http://evil.example/ HTTP/1.1
PUT /fuzzed/k HTTP/1.1
POST /fuzzed HTTP/1.1
GET /%zz HTTP/1.1
GET //// HTTP/1.1
GET /fuzzed/%00 HTTP/1.1
GET /?x=%ff HTTP/1.1
M@TH!D / HTTP/1.1
get / HTTP/1.1
DELETE /fuzzed?%00 HTTP/1.0
HEAD / HTTP/1.1
\xff\xfe / HTTP/1.1""".split(b"\n")
HEADS = b"""Content-Length: 5
Content-Length: -1
Content-Length: 5, 5
Content-Length: 99999999999999999999
Content-Length: x
Content-Length: 0x5
Transfer-Encoding: chunked
Transfer-Encoding: gzip, chunked
Transfer-Encoding: chunked, chunked
Expect: 100-continue
Expect: a miracle
Connection: close
: no name
no colon
 folded: line
X-\x00: y
X: \x00\x01
Host: evil.example
Host:
Range: bytes=5-1
Range: bytes=-
Range: lines=1
Origin: null
Authorization: AWS4-HMAC-SHA256 Credential=
Authorization: AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/s3/aws4_request,SignedHeaders=h,Signature=x
Authorization: AWS a:b:c
Authorization: Bearer x
X-Amz-Date: now
Date: yesterday
X-Amz-Target: DynamoDB_20120810.ListTables
X-Amz-Target: .
X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
Content-Encoding: aws-chunked
Content-Type: multipart/form-data; boundary=
Content-Type: multipart/form-data; boundary=x
Content-Type: application/x-www-form-urlencoded
If-Modified-Since: never
If-None-Match: \xff""".split(b"\n")
BODIES = (
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhel",
    b"zz\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"--x\r\n\r\n--x--",
    b"--x--",
    b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nk',
)
LONG = [b"GET /" + b"a" * 9000 + b" HTTP/1.1"]
lines = st.sampled_from(LINES + LONG)
heads = st.lists(st.sampled_from([*HEADS, b"Cookie: " + b"c" * 5000]), max_size=6)
bodies = st.one_of(st.sampled_from(BODIES), st.binary(max_size=64))


def answer_to(connection, sent):
    """All that comes back. Who refuses a request may hang up before its rest was read: a reset."""
    with contextlib.suppress(OSError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while block := connection.recv(65536):
            said += block
    return said


@given(lines, heads, bodies, st.booleans())
@bounded
def test_bytes_that_are_not_quite_http(target, line, head, body, ours):
    place = urlsplit(target.endpoint_url)
    own = [f"Host: {place.netloc}".encode()] if ours else []
    sent = b"\r\n".join([line, *own, *head, b"", body])
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        said = answer_to(connection, sent)
    statuses = [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]
    assert all(status < 500 or status == 501 for status in statuses), (sent, said[:800])
    assert b"Traceback" not in said


# ---- addresses ---------------------------------------------------------------------------------------------

SEGMENTS = words(f"""
{BUCKET} k . .. _cloud health 2015-03-31 functions invocations v2 apis v20180820 configuration
%00 %ff % %zz %2F é 😀""")
NAMES_OF_QUERY = words("""
acl policy uploads uploadId partNumber versionId list-type max-keys prefix delimiter marker
continuation-token start-after encoding-type tagging cors website notification delete restore select torrent
location versions attributes legal-hold retention lifecycle key-marker version-id-marker upload-id-marker
max-uploads
max-parts response-content-type Action Version X-Amz-Signature X-Amz-Credential X-Amz-Expires X-Amz-Date
X-Amz-Algorithm X-Amz-SignedHeaders Signature Expires AWSAccessKeyId""")
VALUES_OF_QUERY = words("""
0 -1 1 2 99999999999999999999 x %00 %ff url null 2010-05-08
a/20200101/us-east-1/s3/aws4_request""")
segments = st.one_of(st.sampled_from([*SEGMENTS, "", "a" * 1100]), st.text(max_size=12))
query_values = st.one_of(st.none(), st.sampled_from([*VALUES_OF_QUERY, ""]), st.text(max_size=8))
queries = st.lists(st.tuples(st.sampled_from([*NAMES_OF_QUERY, ""]), query_values), max_size=5)


def address(path, query):
    encoded = "/".join(part if part in SEGMENTS and part.isascii() else quote(part, safe="") for part in path)
    pairs = []
    for name, value in query:
        pairs.append(
            name if value is None else f"{name}={value if value in VALUES_OF_QUERY else quote(value)}"
        )
    return f"/{encoded}" + (f"?{'&'.join(pairs)}" if query else "")


METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"])


@given(METHODS, st.lists(segments, max_size=5), queries)
@bounded
def test_addresses_of_strangers(target, method, path, query):
    check(
        ask(target.endpoint_url + address(path, query), method, b"x" if method in ("PUT", "POST") else None),
        method,
    )


DOCUMENTS = b"""<
<a/>
<a><b></a>
<?xml version='1.0'?>
{}
[]
null
<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>
<Delete/>
<Delete><Object/></Delete>
<Delete><Object><Key>k</Key><VersionId>x</VersionId></Object></Delete>
<Tagging/>
<Tagging><TagSet><Tag/></TagSet></Tagging>
<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>
<CORSConfiguration/>
<CORSConfiguration><CORSRule/></CORSConfiguration>
<WebsiteConfiguration/>
<WebsiteConfiguration><IndexDocument/></WebsiteConfiguration>
<WebsiteConfiguration><RoutingRules><RoutingRule/></RoutingRules></WebsiteConfiguration>
<NotificationConfiguration><QueueConfiguration/></NotificationConfiguration>
<NotificationConfiguration><TopicConfiguration><Event>x</Event></TopicConfiguration>
<CompleteMultipartUpload/>
<CompleteMultipartUpload><Part/></CompleteMultipartUpload>
<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>
<VersioningConfiguration/>
<VersioningConfiguration><Status>On</Status></VersioningConfiguration>
<AccessControlPolicy/>
<AccessControlPolicy><AccessControlList><Grant/></AccessControlList></AccessControlPolicy>
<LifecycleConfiguration/>
<LifecycleConfiguration><Rule/></LifecycleConfiguration>
<PublicAccessBlockConfiguration/>
<OwnershipControls/>
<OwnershipControls><Rule/></OwnershipControls>
<ServerSideEncryptionConfiguration/>
<CreateBucketConfiguration/>
{"Statement": {}}
{"Statement": [1]}
{"Statement": {"Effect": []}}
{"Version": 1, "Statement": []}""".split(b"\n")
NAMES_OF_HEADERS = words("""
x-amz-acl x-amz-tagging x-amz-copy-source x-amz-copy-source-range content-md5
x-amz-checksum-crc32 x-amz-checksum-sha256 x-amz-sdk-checksum-algorithm x-amz-storage-class x-amz-meta-a
x-amz-server-side-encryption x-amz-website-redirect-location x-amz-metadata-directive x-amz-object-lock-mode
x-amz-object-lock-retain-until-date range if-match if-none-match if-modified-since if-unmodified-since expires
x-amz-grant-read x-amz-object-ownership x-amz-bypass-governance-retention x-amz-trailer x-amz-mp-object-size
x-amz-decoded-content-length x-amz-object-attributes x-amz-max-parts x-amz-mfa x-amzn-trace-id origin
access-control-request-method access-control-request-headers""")
VALUES_OF_HEADERS = words("""
x 0 -1 fuzzed/k /fuzzed/none none/none fuzzed bytes=0-0 bytes=9- private public-read a=b&a=b
&&& uri=x id=1 * REPLACE CRC32 SHA256 AAAAAA== AES256 aws:kms STANDARD GLACIER 2026-13-45 ETag %00""")
header_values = st.one_of(
    st.sampled_from([*VALUES_OF_HEADERS, "", "\xff"]), st.text("abc /?&=%\x7f\xe9", max_size=10)
)
s3_bodies = st.one_of(st.sampled_from([*DOCUMENTS, b"\xff\xfe\x00"]), st.binary(max_size=40))
s3_headers = st.dictionaries(st.sampled_from(NAMES_OF_HEADERS), header_values, max_size=4)
s3_paths = st.lists(st.sampled_from([BUCKET, "k", "none", "é", "..", "A_B"]), max_size=3)


@given(METHODS, s3_paths, queries, s3_bodies, s3_headers)
@bounded
def test_what_the_owner_asks_of_s3(target, method, path, query, body, headers):
    query = [pair for pair in query if not pair[0].startswith(("X-Amz", "Sig", "AWSA"))]
    sent = body if method in ("PUT", "POST") else b""
    with contextlib.suppress(ValueError):  # what the client would not send
        answer = signed(target, "s3", method, address(path, query), sent, **headers)
        check(answer, method)
    if method in ("DELETE", "PUT", "POST") and path[:1] == [BUCKET]:
        revive(target)


# ---- every operation of every service ----------------------------------------------------------------------

SERVICES = ("dynamodb", "logs", "sqs", "events", "cloudwatch", "iam", "sts", "sns", "lambda", "apigatewayv2")
SKIPPED = {"GetFunctionScalingConfig"}
MODELS = {name: botocore.session.get_session().get_service_model(name) for name in SERVICES}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from([[], {}, [None], {"a": 1}, "x" * 3000]),
)
WORDS = words("""
none * {} a.b a:b:c p=:v python3.12 ALL_NEW 2026-01-01T00:00:00Z https://x/123456789012/q
arn:aws:iam::123456789012:role/none arn:aws:sqs:us-east-1:123456789012:q""")
NAMES = st.one_of(
    st.sampled_from([BUCKET, *WORDS, "", "#a = :b AND", '{"Statement": [{}]}', "GET /x", "é" * 200]),
    st.text(max_size=8),
)


def values(shape, depth=0):
    """Values that fit a shape of a service's model, mostly; and now and then others."""
    return st.one_of(fitting(shape, depth), fitting(shape, depth), fitting(shape, depth), JUNK)


def fitting(shape, depth):
    kind = shape.type_name
    if kind == "structure":
        members = list(shape.members.items())
        if depth > 3 or not members:
            return st.just({})
        required = {
            name: values(member, depth + 1) for name, member in members if name in shape.required_members
        }
        other = {
            name: values(member, depth + 1) for name, member in members if name not in shape.required_members
        }
        few = st.lists(st.sampled_from(sorted(other)), max_size=3) if other else st.just([])
        return few.flatmap(
            lambda names: st.fixed_dictionaries(required | {name: other[name] for name in names})
        )
    if kind == "list":
        return st.lists(values(shape.member, depth + 1), max_size=2) if depth < 4 else st.just([])
    if kind == "map":
        return (
            st.dictionaries(NAMES, values(shape.value, depth + 1), max_size=2) if depth < 4 else st.just({})
        )
    if kind in ("integer", "long"):
        return st.sampled_from([0, 1, 5, -1, 400, 2**31, 2**63])
    if kind in ("float", "double", "timestamp"):
        return st.sampled_from([0, 1.5, -1, 1e300, 1764000000])
    if kind == "boolean":
        return st.booleans()
    if getattr(shape, "enum", None):
        return st.sampled_from(list(shape.enum))
    return NAMES


@st.composite
def operations(draw, service):
    names = [name for name in MODELS[service].operation_names if name not in SKIPPED]
    operation = MODELS[service].operation_model(draw(st.sampled_from(names)))
    shape = operation.input_shape
    return operation, draw(values(shape)) if shape is not None else {}


def flat(prefix, value):
    """A value as services of the query protocol write it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(f"{prefix}.{name}" if prefix else name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from flat(f"{prefix}.member.{number}", inner)
    else:
        yield prefix, "" if value is None else str(value)


def asked(service, operation, given):
    """The request that a client of this service would make: method, path, body, headers."""
    model = MODELS[service]
    if service in ("iam", "sts", "sns"):
        pairs = [
            ("Action", operation.name),
            ("Version", model.api_version),
            *flat("", given if isinstance(given, dict) else {}),
        ]
        return "POST", "/", urlencode(pairs).encode(), {"content-type": "application/x-www-form-urlencoded"}
    if "targetPrefix" in model.metadata:
        version = model.metadata.get("jsonVersion", "1.0")
        return "POST", "/", json.dumps(given).encode(), {
            "x-amz-target": f"{model.metadata['targetPrefix']}.{operation.name}",
            "content-type": f"application/x-amz-json-{version}"}  # fmt: skip
    path, body = operation.http["requestUri"], dict(given) if isinstance(given, dict) else {}
    for name, member in (operation.input_shape.members if operation.input_shape else {}).items():
        place = member.serialization.get("location")
        if place == "uri":
            sent = quote(str(body.pop(name, "x"))[:200] or "x", safe="")
            label = member.serialization.get("name", name)
            path = path.replace(f"{{{label}}}", sent).replace(f"{{{label}+}}", sent)
        elif place in ("querystring", "header") and name in body:
            value = body.pop(name)
            if place == "querystring":
                path += (
                    f"{'&' if '?' in path else '?'}{member.serialization['name']}={quote(str(value)[:100])}"
                )
    return operation.http["method"], path, json.dumps(body).encode(), {"content-type": "application/json"}


@pytest.mark.parametrize("service", SERVICES)
@given(st.data())
@bounded
def test_what_the_owner_asks_of_a_service(target, service, data):
    operation, given_value = data.draw(operations(service))
    method, path, body, headers = asked(service, operation, given_value)
    signing = MODELS[service].signing_name
    try:
        answer = signed(target, signing, method, path, b"" if method == "GET" else body, **headers)
    except ValueError:
        return  # the client would not send it
    check(answer, method)
    if operation.name in ("DeleteTable", "DeleteLogGroup", "DeleteUser", "DeleteApi"):
        revive(target)


UNREADABLE = [b"{", b"[", b"null", b'"x"', b"[" * 5000, b'{"a":' * 5000]
OPERATIONS = ["", "ListTables", "PutItem", "CreateTable", "PutLogEvents", "SendMessage", "X", "é"]


@pytest.mark.parametrize("service", ["dynamodb", "logs", "sqs", "lambda", "apigatewayv2", "iam"])
@given(st.one_of(st.binary(max_size=60), st.sampled_from(UNREADABLE)), st.sampled_from(OPERATIONS))
@bounded
def test_bodies_that_nobody_would_send(target, service, body, operation):
    prefix = MODELS[service].metadata.get("targetPrefix")
    headers = {"x-amz-target": f"{prefix}.{operation}"} if prefix else {}
    path = {"lambda": "/2015-03-31/functions", "apigatewayv2": "/v2/apis"}.get(service, "/")
    with contextlib.suppress(UnicodeEncodeError):  # what the client would not send
        answer = signed(target, MODELS[service].signing_name, "POST", path, body, **headers)
        check(answer, "POST")
