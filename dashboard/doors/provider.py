"""Login by OpenID Connect: code with PKCE, by Authlib. What a person is comes from their id token alone, checked."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request

from dashboard.values.dashboard_file import Doors, Oidc
from streams.deployment.http import proxy_for, trusting_context
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.workspace.records import ROLES, Role

NAME: Final = "oidc"
ANSWER_SECONDS: Final = 10.0
LEEWAY_SECONDS: Final = 60
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair. Without a list of ours a provider's own would count, and it may have "none" in it."""
LOGIN_MAX_CHARACTERS: Final = 200


def http_errors() -> tuple[type[Exception], ...]:
    """What Authlib's client raises when a provider does not answer: it takes the newer of two libraries."""
    names = [name for name in ("httpx", "httpx2") if importlib.util.find_spec(name)]
    return tuple(importlib.import_module(name).HTTPError for name in names)


_OUTSIDE: Final = (AuthlibBaseError, *http_errors(), OSError, ValueError, RuntimeError)
_LOG = logging.getLogger(__name__)


class NotAdmitted(Exception):
    """Somebody who may not come in. The text says why, for them."""


class ProviderFailed(Exception):
    """The provider does not answer, or not as it should. The text says what to do."""


class Admitted:
    """Who logged in, and as what."""

    def __init__(self, login: str, name: str, role: Role, owner: str) -> None:
        self.login: Final = login
        self.name: Final = name
        self.role: Final[Role] = role
        self.owner: Final = owner


class Provider:
    """One provider. Its addresses and keys are asked for at the first login, and kept."""

    def __init__(self, doors: Doors, oidc: Oidc, secret: Secret, settings: Settings) -> None:
        self._doors = doors
        self._oidc = oidc
        issuer = oidc.issuer.rstrip("/")
        registry = OAuth()
        self._client = registry.register(
            NAME,
            client_id=oidc.client_id,
            client_secret=secret.reveal() or None,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(oidc.scopes),
                "code_challenge_method": "S256",
                "verify": trusting_context(settings.http_ca_location),
                "proxy": proxy_for(settings, issuer),
                "trust_env": False,
                "timeout": ANSWER_SECONDS,
                **({} if secret else {"token_endpoint_auth_method": "none"}),
            },
        )

    async def login_url(self, session: dict[str, Any], redirect: str) -> str:
        """Where to send a browser; what its return is checked by is put into `session`.

        Raises:
            ProviderFailed: when the provider does not answer.
        """
        try:
            await self._load()
            begun = await self._client.create_authorization_url(redirect)
            await self._client.save_authorize_data(_with(session), redirect_uri=redirect, **begun)
        except _OUTSIDE as error:
            raise _failed(error) from error
        return str(begun["url"])

    async def admitted(self, request: Request) -> Admitted:
        """Who came back, with what `login_url` put into the request's session.

        Raises:
            NotAdmitted: when the provider let them not in, or we do not.
            ProviderFailed: when the provider does not answer as it should.
        """
        if "error" in request.query_params:
            raise NotAdmitted("The provider did not let you in. Log in again, or ask who runs it.")
        try:
            await self._load()
            token = await self._client.authorize_access_token(
                request, claims_options=self._claims(), leeway=LEEWAY_SECONDS
            )
            claims: dict[str, Any] = dict(token.get("userinfo") or {})
            if not claims:
                raise ProviderFailed("The provider sent no id token: check that its client has the scope openid.")
            if any(
                name and name not in claims for name in (self._oidc.name_claim, self._oidc.role_claim.split(".")[0])
            ):
                claims = await self._with_userinfo(claims, token)
        except (AuthlibBaseError, JoseError) as error:
            _LOG.warning("a login is refused: %s", type(error).__name__)
            raise NotAdmitted(
                "This login cannot be used: it is too old, or not for this dashboard. Log in again."
            ) from error
        except _OUTSIDE as error:
            raise _failed(error) from error
        return self._person_of(claims)

    async def logout_url(self, back: str) -> str:
        """Where the provider ends its own session; "" where it has no such address."""
        try:
            await self._load()
            found = await self._client.create_logout_url(
                post_logout_redirect_uri=back, client_id=self._oidc.client_id, state="out"
            )
        except (ProviderFailed, *_OUTSIDE):
            return ""
        return str(found["url"])

    async def _load(self) -> None:
        """Its addresses. The issuer is that of the file, and signatures are those that we take."""
        metadata = await self._client.load_server_metadata()
        if metadata.get("issuer") != self._oidc.issuer:
            self._client.server_metadata.clear()
            raise ProviderFailed(
                f"The provider calls itself {str(metadata.get('issuer'))[:200]!r}, and doors.oidc.issuer "
                f"{self._oidc.issuer!r}: write it there as it does."
            )
        named = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in named if name in ALGORITHMS] or ["RS256"]

    def _claims(self) -> dict[str, Any]:
        """What Authlib does not check without these. By itself it checks that iss, sub, aud, exp and iat are
        there, expiry, the nonce of this login, without which it reads no id token at all, and azp."""
        return {"iss": {"value": self._oidc.issuer}, "aud": {"value": self._oidc.client_id}}

    async def _with_userinfo(self, claims: dict[str, Any], token: Mapping[str, Any]) -> dict[str, Any]:
        """Some providers put names and groups there alone. It must be of the same subject."""
        if "userinfo_endpoint" not in self._client.server_metadata:
            return claims
        more = dict(await self._client.userinfo(token=token))
        return {**more, **claims} if more.get("sub") == claims["sub"] else claims

    def _person_of(self, claims: Mapping[str, Any]) -> Admitted:
        login = claims.get(self._oidc.name_claim)
        if not isinstance(login, str) or not 0 < len(login.strip()) <= LOGIN_MAX_CHARACTERS:
            raise NotAdmitted(f"The provider does not say your {self._oidc.name_claim}: ask who runs it.")
        if self._oidc.name_claim == "email" and claims.get("email_verified") is False:
            raise NotAdmitted("Your e-mail address is not verified: verify it with the provider, then log in again.")
        login = login.strip()
        role = self._role(login, _claim(claims, self._oidc.role_claim))
        if role is None:
            raise NotAdmitted("You have no role here: ask an admin of the dashboard for one.")
        name = claims.get("name")
        shown = name.strip()[:LOGIN_MAX_CHARACTERS] if isinstance(name, str) and name.strip() else login
        return Admitted(login, shown, role, self._doors.people.get(login, shown))

    def _role(self, login: str, given: object) -> Role | None:
        if login in self._doors.admins:
            return "admin"
        values = given if isinstance(given, list) else [given]
        named = {self._oidc.roles.get(value) for value in values if isinstance(value, str)}
        wanted = named - {None} or {self._oidc.default_role}
        return next((role for role in reversed(ROLES) if role in wanted), None)


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """A claim by its name, or by a path of names with dots, as in "realm_access.roles"."""
    if not name or name in claims:
        return claims.get(name)
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _with(session: dict[str, Any]) -> Request:
    """A request that has nothing but a session, which is all that Authlib looks at."""
    return Request({"type": "http", "session": session})


def _failed(error: Exception) -> ProviderFailed:
    if isinstance(error, ProviderFailed):
        return error
    _LOG.error("the provider of logins failed: %r", error)
    return ProviderFailed("The provider of logins does not answer: try again in a minute.")
