"""Asks the API of a dashboard over HTTP. Every failure is an `ApiError` whose text says what to do."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import httpx

from streams.deployment.secret import Secret

TIMEOUT_SECONDS: Final = 20.0
PREFIX: Final = "/api/v1"
_ADVICE: Final = {
    401: "Set VITALS_SECRET_API_KEY to a key of this dashboard: an admin makes one.",
    403: "Ask an admin of the dashboard for a key with another scope.",
    404: "Look for its id with list_accounts.",
    429: "Wait a minute, and check the key.",
    503: "Try again in some seconds.",
}


class ApiError(Exception):
    """The dashboard did not answer, or said no."""


class Api:
    """One dashboard. `close` it when done."""

    def __init__(self, url: str, key: Secret, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`key` may be empty, for a dashboard in local mode. `transport` is for tests."""
        headers = {"accept": "application/json", "user-agent": "vitals-mcp"}
        if key:
            headers["authorization"] = f"Bearer {key.reveal()}"
        self.url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=f"{self.url}{PREFIX}", headers=headers, timeout=TIMEOUT_SECONDS, transport=transport
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def get(self, path: str, **parameters: object) -> Any:
        """The answer to a GET. Raises `ApiError`."""
        given = {name: value for name, value in parameters.items() if value not in (None, "")}
        return await self._ask("GET", path, params=given)

    async def post(self, path: str, body: object) -> Any:
        """The answer to a POST. Raises `ApiError`."""
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            words = f"The dashboard at {self.url} does not answer ({type(error).__name__})"
            raise ApiError(f"{words}: start it with `vitals dashboard`, or give its address by --url.") from None
        if answer.is_success:
            return answer.json()
        raise ApiError(_words(answer))


def account_path(account_id: str, rest: str = "") -> str:
    """The path of an account.

    >>> account_path("a/b", "/timeline")
    '/accounts/a%2Fb/timeline'
    """
    return f"/accounts/{quote(account_id, safe='')}{rest}"


def _words(answer: httpx.Response) -> str:
    try:
        detail = str(answer.json().get("detail", ""))
    except (ValueError, AttributeError):
        detail = ""
    said = detail or f"The dashboard answered {answer.status_code}."
    return " ".join(each for each in (said, _ADVICE.get(answer.status_code, "")) if each)
