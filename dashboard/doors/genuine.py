"""Whether an unsafe request comes from a page of ours, and not from another site that a person has open."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers

SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
HEADER: Final = "x-csrf"
FIELD: Final = "csrf"
FORM: Final = "application/x-www-form-urlencoded"


def is_same_origin(headers: Headers, origin: str) -> bool:
    """Whether the browser says that a page of `origin` sent it. Programs say nothing, and have no cookie of a person.

    >>> is_same_origin(Headers({"origin": "https://evil.example"}), "https://vitals.example")
    False
    """
    sites = headers.getlist("sec-fetch-site")
    if sites and sites != ["same-origin"]:
        return False
    origins = headers.getlist("origin")
    return not origins or origins == [origin]


def has_token(headers: Headers, body: bytes, token: str) -> bool:
    """Whether the header or the form has the token of the person's pages."""
    given = headers.get(HEADER, "")
    if not given and is_form(headers):
        try:
            given = parse_qs(body.decode(), max_num_fields=100).get(FIELD, [""])[0]
        except ValueError:
            return False
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def is_form(headers: Headers) -> bool:
    """Whether the body is a form whose fields stand in the text."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
