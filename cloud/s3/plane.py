"""S3's requests from beginning to end: preflight, caller, permission, operation, CORS headers, events."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from cloud import calls, ids, moto_side, operations
from cloud.aws_errors import AccessDeniedError, AwsError, NoSuchBucketError, render
from cloud.calls import Call
from cloud.s3 import (
    acls,
    attributes,
    bucket_settings,
    copies,
    cors,
    default_locks,
    deletes,
    expiry,
    forms,
    listings,
    locks,
    multipart,
    objects,
    requests,
    schema,
    settings_rules,
    tags,
    upload_listings,
    uploads,
    versions,
)  # fmt: skip
from cloud.s3.access import Access
from cloud.s3.notifications import ObjectEvent
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account

CREATED = {
    "PutObject": "Put",
    "PostObject": "Post",
    "CopyObject": "Copy",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
}
HANDLERS = {
    **attributes.HANDLERS, **bucket_settings.HANDLERS, **copies.HANDLERS, **default_locks.HANDLERS,
    **deletes.HANDLERS, **expiry.HANDLERS, **listings.HANDLERS, **locks.HANDLERS, **multipart.HANDLERS,
    **objects.HANDLERS, **settings_rules.HANDLERS, **tags.HANDLERS, **upload_listings.HANDLERS,
    **uploads.HANDLERS, **versions.HANDLERS,
}  # fmt: skip


class Plane:
    """Answers S3 requests for one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._access = Access(account)

    def answer(self, request: Request, host_bucket: str) -> Response:
        """Answer one request; ``host_bucket`` is the bucket that the Host header names, if any."""
        inner = path_style(request, host_bucket)
        bucket, key = bucket_and_key(inner)
        request_id, host_id = ids.s3_request_id(), ids.host_id()
        events: list[ObjectEvent] = []
        rules = self._account.buckets.cors_rules(bucket) if bucket else None
        try:
            if request.method == "OPTIONS":
                response = cors.preflight(inner, rules, names_object=bool(key))
            else:
                response, events = self._operate(request, inner, host_bucket, bucket, key)
        except AwsError as error:
            response = render(error, "rest-xml")
        except moto_side.Refused as error:
            response = render(AwsError(error.code, error.message), "rest-xml")
        if request.method == "HEAD" and response.status >= 400:
            response.body, response.length = b"", None
        if request.method != "OPTIONS":
            cors.decorate(request, rules or (), response)
        self._sign_off(response, request_id, host_id)
        for event in events:
            self._account.delivery.deliver(replace(event, request_id=request_id, host_id=host_id))
        return response

    def _operate(
        self, request: Request, inner: Request, host_bucket: str, bucket: str, key: str
    ) -> tuple[Response, list[ObjectEvent]]:
        caller = self._account.authenticator.authenticate(request, "s3", host_bucket)
        call = calls.identify(headers_of_url(inner))
        call.caller = caller
        self._expect_owner(call.request)
        if call.name == "PostObject":
            return self._post_object(call, bucket)
        exists = self._account.buckets.find(bucket) is not None
        if bucket and not exists and call.name != "CreateBucket":
            raise NoSuchBucketError(bucket)
        self._access.check(call, bucket, key)
        requests.check(call)
        schema.check_body(call)
        acls.check(call, bucket)
        uploads.check_redirect(call.request)
        if call.service != "s3":
            return self._account.forward(call), []
        before = moto_side.object_of(bucket, key) if call.name == "DeleteObject" and exists else None
        if call.name == "DeleteObjects":
            return self._delete_objects(call, bucket)
        handler = HANDLERS.get(call.name)
        response = handler(self._account, call) if handler else operations.answer(self._account, call)
        self._tidy(response)
        expiry.tell(self._account, call, bucket, key, response)
        return response, self._events(call, bucket, key, response, existed=before is not None)

    def _expect_owner(self, request: Request) -> None:
        """Refuse a request that expects a bucket of another account."""
        for name in ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"):
            expected = request.header(name)
            if expected and not re.fullmatch(r"\d{12}", expected):
                message = "The value of the expected bucket owner parameter must be an AWS Account ID"
                raise AwsError("InvalidBucketOwnerAWSAccountID", f"{message}... [{expected}]", 400)
            if expected and expected != self._account.id:
                raise AccessDeniedError

    def _post_object(self, call: Call, bucket: str) -> tuple[Response, list[ObjectEvent]]:
        """Store a form's file under the rights of whoever signed its policy."""
        if self._account.buckets.find(bucket) is None:
            raise NoSuchBucketError(bucket)
        put, form = forms.as_put(self._account, call)
        key = form.fields["key"]
        self._access.check(put, bucket, key)
        acls.check(put, bucket)
        requests.check(put)
        uploads.check_redirect(put.request)
        response = uploads.put_object(self._account, put)
        self._tidy(response)
        if response.status >= 300:
            return response, []
        stored = moto_side.object_of(bucket, key)
        event = self._event("s3:ObjectCreated:Post", put, bucket, key, stored=stored)
        answer = forms.answer(form, bucket, self._account.endpoint_url)
        if version := response.header("x-amz-version-id"):
            answer.set("x-amz-version-id", version)
        return answer, [event]

    def _events(
        self, call: Call, bucket: str, key: str, response: Response, *, existed: bool
    ) -> list[ObjectEvent]:
        """What a call that went well has done to an object."""
        if response.status >= 300:
            return []
        if name := CREATED.get(call.name):
            stored = moto_side.object_of(bucket, key)
            if stored is None or (call.name != "PutObject" and b"<Error>" in response.content):
                return []
            return [self._event(f"s3:ObjectCreated:{name}", call, bucket, key, stored=stored)]
        if call.name == "DeleteObject":
            version = call.request.parameters.get("versionId", "")
            if response.header("x-amz-delete-marker") == "true" and not version:
                version = response.header("x-amz-version-id")
                return [
                    self._event("s3:ObjectRemoved:DeleteMarkerCreated", call, bucket, key, version=version)
                ]
            if existed or version:
                return [self._event("s3:ObjectRemoved:Delete", call, bucket, key, version=version)]
        if call.name in ("PutObjectTagging", "DeleteObjectTagging"):
            kind = "Put" if call.name.startswith("Put") else "Delete"
            stored = moto_side.object_of(bucket, key)
            return [self._event(f"s3:ObjectTagging:{kind}", call, bucket, key, stored=stored)]
        if call.name == "PutObjectAcl":
            stored = moto_side.object_of(bucket, key)
            return [self._event("s3:ObjectAcl:Put", call, bucket, key, stored=stored)]
        if call.name == "RestoreObject":
            stored = moto_side.object_of(bucket, key)
            done = self._event("s3:ObjectRestore:Completed", call, bucket, key, stored=stored)
            return [self._event("s3:ObjectRestore:Post", call, bucket, key, stored=stored), done]
        return []

    def _event(
        self, name: str, call: Call, bucket: str, key: str, *, stored: object = None, version: str = ""
    ) -> ObjectEvent:
        return event_of(self._account, name, call, bucket, key, stored=stored, version=version)

    def _delete_objects(self, call: Call, bucket: str) -> tuple[Response, list[ObjectEvent]]:
        """Delete several objects, each judged by itself: S3 answers 200 and lists what it refused."""
        results, events, denied = [], [], []
        deletes.check_bypass(call.request, bucket)
        for entry in deletes.listed(call):
            key, version, etag = entry["Key"], entry.get("VersionId") or "", entry.get("ETag") or ""
            existed = moto_side.object_of(bucket, key) is not None
            try:
                self._check_delete(call, bucket, key, version, etag)
                made = deletes.delete_listed(bucket, key, version, etag, bypass=locks.bypasses(call.request))
            except AwsError as error:
                named = {"Key": key} | ({"VersionId": version} if version else {})
                denied.append(named | {"Code": error.code, "Message": error.message})
                continue
            results.append(made)
            if made.get("DeleteMarker") and not version:
                marker = str(made["DeleteMarkerVersionId"])
                events.append(
                    self._event("s3:ObjectRemoved:DeleteMarkerCreated", call, bucket, key, version=marker)
                )
            elif existed or version:
                events.append(self._event("s3:ObjectRemoved:Delete", call, bucket, key, version=version))
        shown = [] if call.parameters["Delete"].get("Quiet") else results
        return call.answer({"Deleted": shown, "Errors": denied}), events

    def _check_delete(self, call: Call, bucket: str, key: str, version: str, etag: str) -> None:
        """Let one of the objects of DeleteObjects be deleted, or raise AwsError with the reason.

        https://github.com/charles-001/backup-warden/pull/16 shows such reasons of S3's.
        """
        actions = ["s3:DeleteObjectVersion" if version else "s3:DeleteObject"]
        actions += ["s3:GetObject"] if etag not in ("", "*") else []
        actions += ["s3:BypassGovernanceRetention"] if locks.bypasses(call.request) else []
        more = {"s3:if-match": etag} if etag else {}
        for action in actions:
            self._access.demand(call.caller, call.request, action, bucket, key, **more)

    def _tidy(self, response: Response) -> None:
        """Errors that moto words come out with the same elements as ours."""
        if (
            response.status < 400
            or not isinstance(response.body, bytes)
            or not response.body.startswith(b"<?xml")
        ):
            return
        try:
            root = ET.fromstring(response.body)  # noqa: S314 moto wrote it
        except ET.ParseError:
            return
        members = {child.tag: child.text or "" for child in root}
        code, message = members.pop("Code", ""), members.pop("Message", "")
        for name in ("RequestId", "HostId", "RequestID"):
            members.pop(name, None)
        tidied = render(AwsError(code, message, response.status, members), "rest-xml")
        response.body, response.headers = tidied.body, tidied.headers

    def _sign_off(self, response: Response, request_id: str, host_id: str) -> None:
        """Put S3's identifiers on an answer, the same in its headers and in an error's body."""
        if response.status >= 400 and isinstance(response.body, bytes):
            body = re.sub(rb"<RequestId>[^<]*", f"<RequestId>{request_id}".encode(), response.body)
            response.body = re.sub(rb"<HostId>[^<]*", f"<HostId>{host_id}".encode(), body)
        for name in ("x-amzn-requestid", "server", "date", "x-amz-request-id", "x-amz-id-2"):
            response.headers = [(key, value) for key, value in response.headers if key.lower() != name]
        response.headers += [
            ("x-amz-request-id", request_id),
            ("x-amz-id-2", host_id),
            ("Server", "AmazonS3"),
        ]


def event_of(
    account: Account,
    name: str,
    call: Call,
    bucket: str,
    key: str,
    *,
    stored: object = None,
    version: str = "",
) -> ObjectEvent:
    """An event as its record will tell it; the ids of the answer are put in when there is one."""
    caller, versioned = call.caller, moto_side.is_versioned(bucket)
    size, etag, own_version = moto_side.size_etag_version(stored)
    return ObjectEvent(
        name,
        bucket,
        key,
        account.region,
        account.id,
        requester=f"AWS:{caller.user_id}" if caller.user_id else "Anonymous",
        source_ip=call.request.source_ip,
        request_id="",
        host_id="",
        size=size,
        etag=etag,
        version_id=(version or own_version) if versioned else "",
        trace=call.request.header("x-amzn-trace-id"),
    )


OF_SIGNATURES = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signature",
                 "x-amz-signedheaders", "x-amz-security-token", "x-amz-content-sha256")  # fmt: skip


def headers_of_url(request: Request) -> Request:
    """A presigned request with the headers that stand in its URL: ``x-amz-`` parameters are as good.

    Not so checksums: an SDK that signs a URL cannot know the body.
    """
    if not ("X-Amz-Signature" in request.parameters or "Signature" in request.parameters):
        return request
    found = [
        (name.lower(), value)
        for name, value in request.query_pairs
        if re.match(r"x-amz-(?!checksum-|sdk-checksum-)", name.lower())
        and name.lower() not in OF_SIGNATURES
        and not request.has_header(name.lower())
    ]
    return replace(request, headers=[*request.headers, *found]) if found else request


def path_style(request: Request, host_bucket: str) -> Request:
    """The request with its bucket in the path, wherever it was."""
    if not host_bucket:
        return request
    target = request.target if request.target.startswith("/") else f"/{request.target}"
    return request.with_target(f"/{host_bucket}{target}")


def bucket_and_key(request: Request) -> tuple[str, str]:
    """The bucket and key that a path-style request names, decoded."""
    from cloud.wire import decoded

    bucket, _, key = request.path[1:].partition("/")
    return decoded(bucket), decoded(key)
