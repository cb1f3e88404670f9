"""POST /uploads: a ticket with which a browser may send one file, and only that file, straight to S3."""

import base64
import json
import os
import re
import unicodedata
import uuid

import boto3
from botocore.config import Config

REGIONAL_V4 = Config(
    signature_version="s3v4", s3={"addressing_style": "virtual"}, request_checksum_calculation="when_required"
)
s3 = boto3.client("s3", config=REGIONAL_V4)  # once per cold start
BUCKET = os.environ["UPLOAD_BUCKET"]
SECONDS = int(os.environ.get("URL_EXPIRES", "300"))
MAX_BYTES = int(os.environ.get("MAX_BYTES", 5 * 1024**3))  # one PUT can carry 5 GiB at most


def lambda_handler(event, context):
    asked = asked_for(event)
    if refused := refusal(asked):
        return problem(*refused)
    key = f"incoming/{uuid.uuid4().hex}/{safe_name(asked['name'])}"
    print(f"create_upload key={key!r} size={asked['size']}")
    return answer(201, sign_ticket(key, asked["content_type"].lower(), asked["size"]))


def asked_for(event):
    """What the browser sent; None when it is not JSON."""
    body = event.get("body") or ""
    try:
        return json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except (ValueError, RecursionError):
        return None


def problem(status, code, message):
    print(f"create_upload refused status={status} {message}")
    return answer(status, {"error": {"code": code, "message": message}})


def answer(status, body):
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def sign_ticket(key, content_type, size):
    """A ticket: an address that takes one PUT of this key, type and length, and what to send with it."""
    signed = {"Bucket": BUCKET, "Key": key, "ContentType": content_type, "ContentLength": size}
    url = s3.generate_presigned_url("put_object", Params=signed, ExpiresIn=SECONDS)
    return {
        "object_key": key,
        "url": url,
        "method": "PUT",
        "headers": {"Content-Type": content_type},
        "expires_in": SECONDS,
    }


def safe_name(name):
    """Letters and digits of any language, spaces and . - _ stay; others become _, and 200 bytes are kept."""
    kept = "".join(c if c in " .-_" or unicodedata.category(c)[0] in "LMN" else "_" for c in name)
    # NFC: one ü, whether it was typed as one sign or as two
    last = unicodedata.normalize("NFC", kept).encode()[-200:].decode(errors="ignore")
    return last.strip(" .") or "file"


def is_taken(content_type):
    """Whether files of this type are taken: what people keep and send, and nothing that a browser runs."""
    ordinary = (
        r"image/(avif|bmp|gif|heic|heif|jpeg|png|tiff|webp|x-icon|vnd\.microsoft\.icon)"
        r"|text/(plain|csv|markdown|calendar|tab-separated-values|x-python)|(audio|video)/[a-z0-9.+-]+"
        r"|application/(octet-stream|pdf|json|rtf|epub\+zip|zip|gzip|x-gzip|x-tar|x-bzip2|x-xz|x-7z-compressed"
        r"|vnd\.rar|x-rar-compressed|x-zip-compressed|msword|vnd\.ms-(excel|powerpoint)"
        r"|vnd\.openxmlformats-officedocument\.[a-z.]+|vnd\.oasis\.opendocument\.[a-z.-]+)"
    )
    return re.fullmatch(ordinary, content_type.lower()) is not None


def refusal(asked):
    """Why there is no ticket, as status, code and message; None when there may be one."""
    if not isinstance(asked, dict) or not {"name", "content_type", "size"} <= set(asked):
        return 400, "BadRequest", 'Send JSON like {"name": "a.png", "content_type": "image/png", "size": 9}.'
    name, content_type, size = asked["name"], asked["content_type"], asked["size"]
    if not isinstance(name, str) or not name.strip() or not isinstance(content_type, str):
        return 400, "BadRequest", '"name" and "content_type" are texts that are not empty.'
    if type(size) is not int or size < 1:
        return 400, "BadRequest", f'"size" is a whole number of bytes, 1 or more, not {size!r}.'
    if size > MAX_BYTES:
        return 413, "TooLarge", f"A file has {MAX_BYTES} bytes at most; this one has {size}."
    if not is_taken(content_type):
        return 415, "TypeNotAllowed", f"Files of type {content_type!r} are not taken."
    return None
