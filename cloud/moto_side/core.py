"""How a request is handed over to moto, and where its state is."""

from __future__ import annotations

import sys
import threading
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.moto_server.werkzeug_app import create_backend_app

from cloud.wire import Headers, Request, Response

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID


MODULES = {"lambda": "awslambda"}  # where moto's name is not botocore's


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


@lru_cache(maxsize=256)
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


Refused = ServiceException  # what moto raises where AWS refuses: ``code`` and ``message``
