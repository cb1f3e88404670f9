"""Objects on the way in: whole, with PUT. Large content stays on disk: moto stores nothing, and is then given
the file in its place.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import checksums, content, locks, preconditions
from cloud.s3 import tags as tagging
from cloud.s3.checksums import Checksum
from cloud.s3.digests import Digests
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloud.account import Account
    from cloud.calls import Call


def put_object(account: Account, call: Call) -> Response:
    """Store an object."""
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    response, checksum = store(
        account,
        call.with_request(locks.check_write(call.request, bucket, has_digest=_has_digest(call.request))),
        find=lambda: moto_side.object_of(bucket, key),
        choose=lambda given: given.algorithm if given else checksums.DEFAULT,
        check=lambda: preconditions.check_write(call.request, bucket, key),
        tags=tagging.of_header(call.request),
    )
    if response.status < 300:
        response.headers += checksum.headers()
    return response


def _has_digest(request: Request) -> bool:
    """Whether an upload states a digest of its content, before it or after it."""
    return request.has_header("x-amz-trailer") or any(
        name == "content-md5" or name in checksums.HEADERS for name, _ in request.headers
    )


def store(
    account: Account,
    call: Call,
    *,
    find: moto_side.Finder,
    choose: Callable[[Checksum | None], str],
    check: Callable[[], None] = lambda: None,
    tags: Mapping[str, str] | None = None,
) -> tuple[Response, Checksum]:
    """Store a request's content, and say what its checksum is.

    ``choose`` takes the checksum that was stated, and returns the algorithm to compute. ``check`` raises
    AwsError when the time has come to write and one may not. ``find`` finds in moto what moto has stored,
    which then has these ``tags``, if any are given.
    """
    request = call.request
    if not request.has_header("content-length") and not request.header("x-amz-decoded-content-length"):
        if request.has_header("transfer-encoding"):
            message = "A header you provided implies functionality that is not implemented"
            raise AwsError("NotImplemented", message, 501, {"Header": "Transfer-Encoding"})
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    body = content.content_of(request)
    given = checksums.stated(request, body.checksums)
    if body.size > content.LARGEST_PUT:
        raise content.too_large(body.size, content.LARGEST_PUT)
    algorithm = choose(given)
    digests = Digests.of(body.file, algorithm)
    digests.check_md5(request)
    checksums.check(given, digests.checksum)
    checksum = Checksum(algorithm, digests.checksum)
    with content.changing_hands:
        check()
        small = body.size <= content.IN_MEMORY
        kept = (body.file, body.size) if small else (BytesIO(), 0)
        forwarded = call.with_request(locks.for_moto(content.without_signature(request, *kept)))
        bucket = call.path_parameters["Bucket"]
        with moto_side.as_null_version(bucket, call.path_parameters["Key"]):
            response = account.forward(forwarded)
        content.tell_version(response, bucket)
        if response.status < 300:
            stored = find()
            if not small:
                moto_side.swap_content(stored, content.own_file(body.file), body.size, digests.md5)
                response.set("ETag", f'"{digests.md5}"')
            moto_side.set_checksum(stored, algorithm, checksum.value, checksum.kind)
            if tags is not None:
                moto_side.set_tags(stored.arn, tags)
    return response, checksum


def check_redirect(request: Request) -> None:
    """Refuse an object that leads, on a website, to what is no address."""
    location = request.header("x-amz-website-redirect-location")
    if location and not location.startswith(("/", "http://", "https://")):
        message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise AwsError("InvalidRedirectLocation", message, 400)


HANDLERS = {"PutObject": put_object}
