"""Browser uploads with a form: POST Object, under a policy that the form carries signed.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import base64
import hmac
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from werkzeug.http import parse_options_header
from werkzeug.sansio import multipart

from cloud import calls, moto_side
from cloud.aws_errors import AccessDeniedError, AwsError, malformed_xml, xml_text
from cloud.identity import sigv4
from cloud.identity.credentials import Credential
from cloud.identity.principals import ANONYMOUS, Principal
from cloud.identity.refusals import mismatch
from cloud.identity.sigv4 import Scope, Signed
from cloud.s3 import post_policy
from cloud.wire import Headers, Request, Response, blocks

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

V4_FIELDS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
V2_FIELDS = ("AWSAccessKeyId", "Signature")
NOT_FILLED = {"policy", "signature", "x-amz-signature"}
STORED_FIELDS = re.compile(
    r"cache-control|content-(disposition|encoding|type|language)|expires|x-amz-(meta-.*|storage-class|"
    r"server-side-encryption.*|website-redirect-location|checksum-.*|tagging)"
)
LARGEST_FIELDS = 20_480  # bytes of a form before its file, as S3 counts
MOST_IN_MEMORY = 512 * 1024


@dataclass
class Form:
    """A form's fields by their lower-case names, and its file."""

    fields: dict[str, str] = field(default_factory=dict)
    file: BinaryIO | None = None
    filename: str = ""
    size: int = 0

    def fill_in_filename(self) -> None:
        """Put the file's name for ``${filename}``, which every field may hold."""
        for name, value in self.fields.items():
            if "${filename}" in value and name not in NOT_FILLED:
                self.fields[name] = value.replace("${filename}", self.filename)


def as_put(account: Account, call: Call) -> tuple[Call, Form]:
    """Read a form, see who signed it, hold it against its policy: the PUT that it amounts to, and itself."""
    bucket, form = call.path_parameters["Bucket"], read(call.request)
    if "key" not in form.fields:
        raise missing_field("key")
    if form.file is None:
        details = {"ArgumentName": "file", "ArgumentValue": "0"}
        raise AwsError("InvalidArgument", "POST requires exactly one file upload per request.", 400, details)
    caller = authenticate(account, form)
    if "policy" in form.fields:
        sent = dict(form.fields)
        form.fill_in_filename()
        policy = post_policy.read(form.fields["policy"])
        post_policy.check(policy, sent, form.fields, form.size, bucket, account.clock.now())
    form.fill_in_filename()
    if not form.fields["key"]:
        details = {"ArgumentName": "key", "ArgumentValue": ""}
        raise AwsError("InvalidArgument", "User key must have a length greater than 0.", 400, details)
    put = _as_put(call, form, bucket)
    put.caller = caller
    return put, form


def read(request: Request) -> Form:
    """Take a form apart. What comes after the file is ignored, as S3 does."""
    kind, options = parse_options_header(request.header("content-type"))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data":
        details = {"Condition": "Bucket POST must be of the enclosure-type multipart/form-data"}
        message = "At least one of the pre-conditions you specified did not hold"
        raise AwsError("PreconditionFailed", message, 412, details)
    if not boundary:
        raise malformed()
    form, name, text, before_file = Form(), "", bytearray(), 0
    try:
        for event in _events(request.body, boundary):
            if isinstance(event, multipart.Field | multipart.File):
                name, text = (event.name or "").lower(), bytearray()
                if name == "file":  # content without a name of a file is as good
                    filename = event.filename if isinstance(event, multipart.File) else ""
                    form.filename = re.split(r"[/\\]", filename)[-1]
                    kept = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 read after this
                    form.file = cast(BinaryIO, kept)
            elif isinstance(event, multipart.Data) and name == "file" and form.file is not None:
                form.file.write(event.data)
                form.size += len(event.data)
            elif isinstance(event, multipart.Data):
                text += event.data
                before_file += len(event.data)
                if before_file > LARGEST_FIELDS:
                    details = {"MaxPostPreDataLengthBytes": str(LARGEST_FIELDS)}
                    message = "Your POST request fields preceding the upload file were too large."
                    raise AwsError("MaxPostPreDataLengthExceeded", message, 400, details)
            if isinstance(event, multipart.Data) and not event.more_data:
                if name == "file" and form.file is not None:
                    break
                form.fields[name] = text.decode("utf-8", "replace")
    except ValueError:
        raise malformed() from None
    return form


def _events(body: BinaryIO, boundary: str) -> Iterator[Any]:
    decoder = multipart.MultipartDecoder(boundary.encode(), max_parts=1000)
    body.seek(0)
    for block in blocks(body):
        decoder.receive_data(block)
        while not isinstance(event := decoder.next_event(), multipart.NeedData | multipart.Epilogue):
            yield event
    decoder.receive_data(None)


def malformed() -> AwsError:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return AwsError("MalformedPOSTRequest", message, 400)


def missing_field(name: str) -> AwsError:
    start = f"Bucket POST must contain a field named '{name}'."
    message = f"{start}  If it is specified, please check the order of the fields."
    return AwsError("InvalidArgument", message, 400, {"ArgumentName": name, "ArgumentValue": ""})


def authenticate(account: Account, form: Form) -> Principal:
    """Who signed the form's policy. A form without a policy is a stranger's."""
    fields = form.fields
    fourth = any(name.lower() in fields for name in V4_FIELDS)
    second = any(name.lower() in fields for name in V2_FIELDS)
    if not fourth and not second:
        if "policy" in fields:
            raise AccessDeniedError
        return ANONYMOUS
    for name in (*(V4_FIELDS if fourth else V2_FIELDS), "Policy"):
        if name.lower() not in fields:
            raise missing_field(name)
    token = fields.get("x-amz-security-token", "")
    if fourth:
        scope = _scope(fields, account.region)
        credential = account.authenticator.credential(scope.access_key_id, token, "s3")
        made = sigv4.sign(sigv4.signing_key(credential.secret_access_key, scope), fields["policy"])
        given = fields["x-amz-signature"]
    else:
        credential = account.authenticator.credential(fields["awsaccesskeyid"], token, "s3")
        made, given = _second(credential, fields["policy"]), fields["signature"]
    if not hmac.compare_digest(made.encode(), given.encode()):
        raise mismatch("s3", credential.access_key_id, Signed("", fields["policy"], made), given)
    return credential.principal


def _scope(fields: dict[str, str], region: str) -> Scope:
    """What a form says of its signature. Raises AwsError where S3 could make nothing of it."""
    if fields["x-amz-algorithm"] != sigv4.ALGORITHM:
        raise _argument("X-Amz-Algorithm", fields, f"Only {sigv4.ALGORITHM} is supported")
    if sigv4.parse_timestamp(fields["x-amz-date"]) is None:
        raise _argument("X-Amz-Date", fields, "X-Amz-Date must be formated via ISO8601 Long format")  # sic
    scope = Scope.parse(fields["x-amz-credential"])
    if scope is None:
        expected = 'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        raise _argument("x-amz-credential", fields, f"the Credential is mal-formed; {expected}")
    if scope.service != "s3":
        message = f'incorrect service "{scope.service}". This endpoint belongs to "s3".'
        raise _argument("x-amz-credential", fields, message)
    if scope.region != region:
        message = f"the region '{scope.region}' is wrong; expecting '{region}'"
        raise _argument("x-amz-credential", fields, message)
    return scope


def _argument(name: str, fields: dict[str, str], message: str) -> AwsError:
    details = {"ArgumentName": name, "ArgumentValue": fields[name.lower()]}
    return AwsError("InvalidArgument", message, 400, details)


def _second(credential: Credential, policy: str) -> str:
    digest = hmac.digest(credential.secret_access_key.encode(), policy.encode(), "sha1")
    return base64.b64encode(digest).decode()


def _as_put(call: Call, form: Form, bucket: str) -> Call:
    """The PUT that a form amounts to."""
    assert form.file is not None
    headers: Headers = [("content-length", str(form.size))]
    for name, value in form.fields.items():
        if STORED_FIELDS.fullmatch(name):
            headers.append((name, value.replace("\r", "").replace("\n", "")))
    if acl := form.fields.get("acl"):
        headers.append(("x-amz-acl", acl))
    if tagging := form.fields.get("tagging"):
        headers.append(("x-amz-tagging", tags_of(tagging)))
    form.file.seek(0)
    target = f"/{bucket}/{quote(form.fields['key'])}"
    return calls.identify(replace(call.request, method="PUT", target=target, headers=headers, body=form.file))


def tags_of(document: str) -> str:
    """The tag set of a form's ``tagging`` field, as the header of a PUT carries it. Raises AwsError.

    >>> tags_of("<Tagging><TagSet><Tag><Key>a b</Key><Value>1</Value></Tag></TagSet></Tagging>")
    'a+b=1'
    """
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 expat itself bounds what entities may grow to
    except (ElementTree.ParseError, ValueError):
        raise malformed_xml() from None
    tags = root.iterfind("{*}TagSet/{*}Tag")
    return urlencode([(tag.findtext("{*}Key", ""), tag.findtext("{*}Value", "")) for tag in tags])


def answer(form: Form, bucket: str, base_url: str) -> Response:
    """What a form gets back: nothing (204), a document (201), or the way to another page (303)."""
    key = form.fields["key"]
    stored = moto_side.object_of(bucket, key)
    etag = stored.etag if stored is not None else ""
    location = f"{base_url}/{quote(bucket)}/{quote(key)}"
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect") or ""
    parts = urlsplit(redirect)
    if parts.scheme in ("http", "https") and parts.netloc:
        query = urlencode({"bucket": bucket, "key": key, "etag": etag})
        target = parts._replace(query=f"{parts.query}&{query}" if parts.query else query).geturl()
        return Response(303, [("Location", target), ("ETag", etag)])
    status = form.fields.get("success_action_status", "204")
    headers = [("ETag", etag), ("Location", location)]
    if status != "201":
        return Response(200 if status == "200" else 204, headers)
    members = {"Location": location, "Bucket": bucket, "Key": key, "ETag": etag}
    inside = "".join(f"<{name}>{xml_text(value)}</{name}>" for name, value in members.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inside}</PostResponse>'
    return Response(201, [*headers, ("Content-Type", "application/xml")], body.encode())
