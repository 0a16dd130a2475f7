"""Where an account's page is: its id may be any text, also with slashes, spaces and quotes."""

from __future__ import annotations

from urllib.parse import quote


def account_path(account_id: str) -> str:
    """The address of an account's page.

    >>> account_path("acme"), account_path("a/b ?c")
    ('/accounts/acme', '/accounts/a%2Fb%20%3Fc')
    """
    return f"/accounts/{quote(account_id, safe='', errors='replace')}"
