"""Whether the XML of a request is what S3's own model says it should be; S3 refuses it otherwise.

botocore carries the model. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedXML)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3 import checksums
from cloud.s3.digests import Digests

if TYPE_CHECKING:
    from cloud.calls import Call

LARGEST_BODY = 2 * 1024 * 1024  # bytes; a full DeleteObjects is about half of it
VALUES_ELSEWHERE = {"CreateBucket", "PutBucketNotificationConfiguration", "PutBucketWebsite"}
OF_ACLS = {"PutBucketAcl", "PutObjectAcl"}
FORMS = {
    "boolean": re.compile(r"true|false|0|1", re.IGNORECASE),
    "integer": re.compile(r"[+-]?\d{1,18}"),
    "long": re.compile(r"[+-]?\d{1,18}"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"),
}


class _UnlikeTheModelError(Exception):
    """An element that the model has not, lacks, or has in another form."""


def check_body(call: Call) -> None:
    """Let a request pass whose body is the XML that its operation expects. Raises AwsError."""
    shape = call.operation.input_shape
    name = shape.serialization.get("payload") if shape is not None else None
    body = shape.members[name] if name else None
    if body is None or body.type_name != "structure":
        return
    if call.request.size > LARGEST_BODY:
        raise AwsError("MaxMessageLengthExceeded", "Your request was too big.", 400)
    _check_digest(call)
    if not call.request.content.strip():
        _check_absent(call)
        return
    try:
        root = _parsed(call.request.content)
        if _local(root) != body.serialization["name"]:
            raise _UnlikeTheModelError
        _check(root, body, with_values=call.name not in VALUES_ELSEWHERE)
    except _UnlikeTheModelError:
        error = malformed_xml()
        error.code = "MalformedACLError" if call.name in OF_ACLS else error.code
        raise error from None


def _check_digest(call: Call) -> None:
    """Refuse a document that has another digest than the request states; DeleteObjects must state one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html (Content-MD5 request header)
    """
    of_object = call.name == "CompleteMultipartUpload"  # what it states is the object's checksum
    given = None if of_object else checksums.stated(call.request, [])
    if given is None and not call.request.has_header("content-md5"):
        if call.name == "DeleteObjects":
            message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
            raise AwsError("InvalidRequest", message, 400)
        return
    digests = Digests.of(call.request.body, given.algorithm if given else checksums.DEFAULT)
    digests.check_md5(call.request)
    checksums.check(given, digests.checksum)


def _check_absent(call: Call) -> None:
    """Refuse a request without a body where it needs one; an ACL may be in a header."""
    if call.name in OF_ACLS:
        if not any(name.startswith(("x-amz-acl", "x-amz-grant-")) for name, _ in call.request.headers):
            message = "Your request was missing a required header"
            raise AwsError("MissingSecurityHeader", message, 400, {"MissingHeaderName": "x-amz-acl"})
    elif call.name == "CompleteMultipartUpload":
        raise AwsError("InvalidRequest", "You must specify at least one part", 400)
    elif call.name != "CreateBucket":
        raise AwsError("MissingRequestBodyError", "Request Body is empty", 400)


def _parsed(text: bytes) -> ET.Element:
    if b"<!DOCTYPE" in text:  # no document of S3's has one, and entities can be bombs
        raise _UnlikeTheModelError
    try:
        return ET.fromstring(text)  # noqa: S314 without a document type there are no entities
    except (ET.ParseError, ValueError):
        raise _UnlikeTheModelError from None


def _local(element: ET.Element) -> str:
    """An element's name without its namespace: S3 takes bodies with and without one."""
    return element.tag.rpartition("}")[2]


def _check(element: ET.Element, shape: Any, *, with_values: bool) -> None:
    if shape.type_name == "structure":
        _check_structure(element, shape, with_values=with_values)
    elif shape.type_name == "list":
        for child in element:
            if _local(child) != shape.member.serialization.get("name", "member"):
                raise _UnlikeTheModelError
            _check(child, shape.member, with_values=with_values)
    else:
        text = (element.text or "").strip()
        form, known = FORMS.get(shape.type_name), getattr(shape, "enum", None) if with_values else None
        if len(element) or (form and not form.fullmatch(text)) or (known and text not in known):
            raise _UnlikeTheModelError


def _check_structure(element: ET.Element, shape: Any, *, with_values: bool) -> None:
    members = {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if not member.serialization.get("xmlAttribute")
    }
    seen = set()
    for child in element:
        name, member = members.get(_local(child), ("", None))
        repeats = member is not None and member.serialization.get("flattened")
        if member is None or (name in seen and not repeats):
            raise _UnlikeTheModelError
        seen.add(name)
        _check(child, member.member if repeats else member, with_values=with_values)
    in_elements = {name for name, _ in members.values()}
    if any(name in in_elements and name not in seen for name in shape.required_members):
        raise _UnlikeTheModelError
