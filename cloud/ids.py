"""Identifiers in the shapes that AWS gives them. All are random; none tells anything."""

import base64
import secrets
import string
import time
import uuid

_API_ID = string.ascii_lowercase + string.digits


def request_id() -> str:
    """A request id as most services write it: a UUID."""
    return str(uuid.uuid4())


def s3_request_id() -> str:
    """The value of ``x-amz-request-id``: 16 capitals and digits."""
    return base64.b32encode(secrets.token_bytes(10)).decode()


def host_id() -> str:
    """The value of ``x-amz-id-2``."""
    return base64.b64encode(secrets.token_bytes(56)).decode()


def gateway_request_id() -> str:
    """A request id as API Gateway writes it, like ``ATfSmjLgPHcESJw=``."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def api_id() -> str:
    return "".join(secrets.choice(_API_ID) for _ in range(10))


def trace_root() -> str:
    """The Root of an X-Ray trace header, ``1-`` the time in seconds, and 96 random bits."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def access_key_id(prefix: str = "AKIA") -> str:
    """``AKIA`` names a long-term key, ``ASIA`` one of a session."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return prefix + "".join(secrets.choice(letters) for _ in range(16))


def secret_access_key() -> str:
    return base64.b64encode(secrets.token_bytes(30)).decode()


def session_token() -> str:
    return base64.b64encode(secrets.token_bytes(192)).decode()
