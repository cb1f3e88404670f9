"""A little issuer of tokens for tests: OpenID discovery, a key set, and tokens, over real HTTP."""

import json
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "the-page"


class Issuer:
    """Publishes its keys at ``url``; ``asked`` holds the paths that it was asked for."""

    def __init__(self, url):
        self.url, self.asked, self.keys = url, [], {}
        self.documents = {}
        self.rotate()

    def rotate(self):
        """Sign with a new key from now on, and publish that one alone."""
        self.kid = uuid.uuid4().hex[:8]
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        keys = [{"kty": "EC", "kid": "other"}, public | {"kid": self.kid, "use": "sig"}]
        self.documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": keys},
        }

    def token(self, *, at=None, key=None, algorithm="RS256", kid=None, **claims):
        """A token of this issuer, good for an hour from ``at``; claims that are None are left out."""
        now = int(time.time() if at is None else at)
        usual = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "sub": "ann"}
        told = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode(told, key or self.key, algorithm, headers={"kid": kid or self.kid})


@contextmanager
def issuing():
    """An issuer at work."""
    answering = None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answering.asked.append(self.path)
            found = answering.documents.get(self.path)
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answering = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield answering
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
