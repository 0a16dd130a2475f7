"""An OpenID provider on loopback, over real HTTP, whose id tokens a test can spoil."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from streams.operations.web_server import Address, serve_until
from vitals.local.embedded import free_port

CLIENT, CLIENT_SECRET = "vitals", "s3cret-of-the-client"


@cache
def rsa_key(_: str) -> RSAKey:
    """A key pair by a name: making one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "one"})


class Provider:
    """One provider. `claims` are put into each id token, over the right ones; None leaves one out."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.called_issuer = self.issuer
        self.key = rsa_key("own")
        self.signing: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.is_down = False
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens_asked: list[dict[str, str]] = []

    def application(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/jwks", self._jwks),
            Route("/userinfo", self._userinfo),
        ]
        return Starlette(routes=routes)

    async def _metadata(self, _: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        found: dict[str, Any] = {
            "issuer": self.called_issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **({"userinfo_endpoint": f"{self.issuer}/userinfo"} if self.userinfo is not None else {}),
        }
        return JSONResponse(found)

    async def _authorize(self, request: Request) -> Response:
        """Lets everybody in, at once."""
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            given = {name: str(value) for name, value in form.items()}
        self.tokens_asked.append(given)
        asked = self.codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        challenge = (
            base64.urlsafe_b64encode(sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        )
        is_client = request.headers.get("authorization") == f"Basic {basic}"
        if asked is None or not is_client or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": self._id_token(asked)}
        return JSONResponse(token)

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": "u1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "ann@example.com",
            "email_verified": True,
            "name": "Ann Lee",
        }
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            return ".".join([*(_part(each) for each in (header, claims)), ""])
        return jwt.encode(header, claims, self.signing, algorithms=["RS256", "HS256"])

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _userinfo(self, request: Request) -> Response:
        return JSONResponse(self.userinfo if "authorization" in request.headers else {})


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """A provider that listens."""
    port = free_port()
    provider, stop = Provider(port), asyncio.Event()
    serving = asyncio.create_task(
        serve_until(stop, provider.application(), Address("127.0.0.1", port, "TEST"), connections=50)
    )
    try:
        yield provider
    finally:
        stop.set()
        await serving
