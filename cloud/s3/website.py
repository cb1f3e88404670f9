"""The website endpoint of a bucket: pages for browsers, errors in HTML, no signature looked at.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
"""

from __future__ import annotations

import html
import http.client
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloud import ids, moto_side
from cloud.aws_errors import AwsError
from cloud.identity.principals import ANONYMOUS
from cloud.s3 import cors, objects, preconditions
from cloud.s3.access import Access
from cloud.wire import Headers, Request, Response, decoded

if TYPE_CHECKING:
    from cloud.account import Account

NO_SUCH_KEY = ("NoSuchKey", "The specified key does not exist.")


class Website:
    """Serves the websites of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._access = Access(account)

    def answer(self, bucket: str, request: Request) -> Response:
        """Answer a browser."""
        request_id, host_id = ids.s3_request_id(), ids.host_id()
        try:
            response = self._serve(bucket, request)
        except AwsError as error:
            response = self._error(bucket, request, error, request_id, host_id)
        rules = self._account.buckets.cors_rules(bucket)
        cors.decorate(request, rules or (), response)
        response.headers += [
            ("x-amz-request-id", request_id),
            ("x-amz-id-2", host_id),
            ("Server", "AmazonS3"),
        ]
        return response

    def _serve(self, bucket: str, request: Request) -> Response:
        if self._account.buckets.find(bucket) is None:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": bucket})
        configuration = self._account.buckets.kept(bucket).website
        if configuration is None:
            message = "The specified bucket does not have a website configuration"
            raise AwsError("NoSuchWebsiteConfiguration", message, 404, {"BucketName": bucket})
        if request.method == "OPTIONS":
            return cors.preflight(request, self._account.buckets.cors_rules(bucket), names_object=True)
        if request.method not in ("GET", "HEAD"):
            details = {"Method": request.method, "ResourceType": "OBJECT"}
            message = "The specified method is not allowed against this resource."
            raise AwsError("MethodNotAllowed", message, 405, details)
        path = decoded(request.path)[1:]
        if target := configuration.get("RedirectAllRequestsTo"):
            scheme = target.get("Protocol") or "http"
            return redirect(301, f"{scheme}://{target['HostName']}{request.target}")
        if rule := routing_rule(configuration, path, None):
            return follow(rule, path, request)
        return self._page(bucket, configuration, path, request)

    def _page(self, bucket: str, configuration: Mapping[str, Any], path: str, request: Request) -> Response:
        suffix = (configuration.get("IndexDocument") or {}).get("Suffix", "index.html")
        key = f"{path}{suffix}" if not path or path.endswith("/") else path
        found = self._object(bucket, key, request)
        if found is not None:
            return found
        if key == path and self._object(bucket, f"{path}/{suffix}", request) is not None:
            found_there = AwsError("Found", "Resource Found", 302)
            found_there.headers.append(("Location", quote(f"/{path}/")))
            raise found_there
        if not self._may(request, "s3:ListBucket", bucket):
            raise AwsError("AccessDenied", "Access Denied", 403)
        raise AwsError(*NO_SUCH_KEY, 404, {"Key": key})

    def _may(self, request: Request, action: str, bucket: str, key: str = "") -> bool:
        """Whether strangers may. Website endpoints speak plain HTTP on AWS, too: nothing there is secure."""
        insecure = {"aws:securetransport": "false"}
        return self._access.may(ANONYMOUS, request, action, bucket, key, **insecure)

    def _object(self, bucket: str, key: str, request: Request) -> Response | None:
        """The object as an answer; None when there is none. Raises AwsError where a stranger may not read."""
        if not self._may(request, "s3:GetObject", bucket, key):
            raise AwsError("AccessDenied", "Access Denied", 403)
        stored = moto_side.object_of(bucket, key)
        if stored is None:
            return None
        if stored.website_redirect_location:
            return redirect(301, stored.website_redirect_location)
        headers = objects.described(stored)
        if preconditions.of_read(stored, request) == 304:
            return Response(304, [item for item in headers if item[0] in ("ETag", "Last-Modified")])
        reader = objects.Reader(stored)
        start, end = objects.asked_range(request.header("range"), reader.size)
        if start is not None and end is not None:
            headers.append(("Content-Range", f"bytes {start}-{end}/{reader.size}"))
            return Response(206, headers, reader.read(start, end - start + 1), end - start + 1)
        return Response(200, headers, reader.read(0, reader.size), reader.size)

    def _error(
        self, bucket: str, request: Request, error: AwsError, request_id: str, host_id: str
    ) -> Response:
        """An error as the website tells it: by a routing rule, the error document, or a page of S3's own."""
        configuration = (
            self._account.buckets.kept(bucket).website if self._account.buckets.find(bucket) else None
        )
        path, second, told = decoded(request.path)[1:], "", error_headers(error)
        if configuration and request.method in ("GET", "HEAD") and error.status >= 400:
            if rule := routing_rule(configuration, path, error.status):
                return follow(rule, path, request)
            if document := (configuration.get("ErrorDocument") or {}).get("Key"):
                try:
                    page = self._object(bucket, document, unconditional(request))
                    if page is not None:
                        page.status = error.status if page.status == 200 else page.status
                        page.headers += told if page.status == error.status else []
                        return page
                    failed = AwsError(*NO_SUCH_KEY, 404, {"Key": document})
                except AwsError as denied:
                    failed = AwsError(denied.code, denied.message, denied.status, {"Key": document})
                second = SECOND.format(listed(failed.code, failed.message, failed.details))
        details = error.details | {"RequestId": request_id, "HostId": host_id}
        title = f"{error.status} {http.client.responses[error.status]}"
        body = PAGE.format(title=title, first=listed(error.code, error.message, details), second=second)
        headers = [("Content-Type", "text/html; charset=utf-8"), *error.headers]
        headers += told if request.method == "HEAD" or error.status == 302 else []
        return Response(error.status, headers, body.encode())


def error_headers(error: AwsError) -> Headers:
    """An error as headers: where the page is not S3's own list, or is not sent."""
    headers = [("x-amz-error-code", error.code), ("x-amz-error-message", error.message)]
    return headers + [
        (f"x-amz-error-detail-{name}", header_safe(value)) for name, value in error.details.items()
    ]


CONDITIONAL = {"if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range"}


def unconditional(request: Request) -> Request:
    """The same request for all of a document, whatever the browser has of another."""
    return replace(request, headers=[item for item in request.headers if item[0] not in CONDITIONAL])


PAGE = """<html>
<head><title>{title}</title></head>
<body>
<h1>{title}</h1>
<ul>
{first}
</ul>
{second}<hr/>
</body>
</html>
"""
SECOND = """<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>
<ul>
{}
</ul>
"""


def listed(code: str, message: str, details: Mapping[str, str]) -> str:
    """An error as list items. Keys are strangers' input, and escaped."""
    items = {"Code": code, "Message": message} | dict(details)
    return "\n".join(f"<li>{name}: {html.escape(value)}</li>" for name, value in items.items())


def routing_rule(configuration: Mapping[str, Any], path: str, status: int | None) -> Mapping[str, Any] | None:
    """The first routing rule for a path, before it is looked up (no status) or after it failed."""
    for rule in configuration.get("RoutingRules") or []:
        condition = rule.get("Condition") or {}
        code = condition.get("HttpErrorCodeReturnedEquals")
        if (code is None) is not (status is None) or (code is not None and str(code) != str(status)):
            continue
        if path.startswith(condition.get("KeyPrefixEquals") or ""):
            return dict(rule)
    return None


def follow(rule: Mapping[str, Any], path: str, request: Request) -> Response:
    """Redirect as a routing rule says."""
    target, prefix = rule.get("Redirect") or {}, (rule.get("Condition") or {}).get("KeyPrefixEquals") or ""
    query = f"?{request.query}" if request.query else ""
    location = quote(path) + query
    if "ReplaceKeyWith" in target:
        location = target["ReplaceKeyWith"] or ""  # as configured: it may hold a query or a fragment
    elif "ReplaceKeyPrefixWith" in target:
        location = (target["ReplaceKeyPrefixWith"] or "") + quote(path.removeprefix(prefix)) + query
    host, scheme = target.get("HostName") or request.header("host"), target.get("Protocol") or "http"
    return redirect(int(target.get("HttpRedirectCode") or 301), f"{scheme}://{host}/{location}")


def redirect(status: int, location: str) -> Response:
    return Response(status, [("Location", header_safe(location))])


def header_safe(text: str) -> str:
    """Strangers' text as a header can hold it: one line, Latin letters."""
    return text.replace("\r", "").replace("\n", "").encode("latin-1", "replace").decode("latin-1")
