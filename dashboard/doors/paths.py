"""Paths of ours, where somebody goes on to after a login or an act. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

PATH_MAX_CHARACTERS = 2_000


def own_path(given: str) -> str:
    """A path of ours to go on to; "/" for what is none, so that nobody is sent elsewhere.

    >>> own_path("/accounts?q=a#b"), own_path("//evil.example"), own_path("/\\\\evil.example"), own_path("https://x.y")
    ('/accounts?q=a#b', '/', '/', '/')
    """
    is_path = given.startswith("/") and given[1:2] not in ("/", "\\") and len(given) <= PATH_MAX_CHARACTERS
    if not is_path or "\\" in given or not given.isprintable():
        return "/"
    try:
        parts = urlsplit(given)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else given
