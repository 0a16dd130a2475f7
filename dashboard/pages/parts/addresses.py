"""Addresses of pages that several pages lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from dashboard.values.listing import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An entry of a menu of addresses; with `head` it is a heading among them."""

    label: str = ""
    href: str = ""
    is_chosen: bool = False
    head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A chip that opens a list of addresses."""

    label: str
    chosen: str
    choices: tuple[Choice, ...]


def accounts_address(*equal: tuple[str, str], **other: str) -> str:
    """The list with these fields equal to these values; "" for accounts that do not say it.

    >>> accounts_address(("tier", "red"), sort="score"), accounts_address(("owner", ""))
    ('/accounts?filter=tier:is:red&sort=score', '/accounts?filter=owner:is_unset:')
    """
    filters = [f"{field}:is:{value}" if value else f"{field}:is_unset:" for field, value in equal]
    return f"/accounts?{urlencode([*(('filter', each) for each in filters), *other.items()], safe=':,')}"


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A path with those pairs that have a value.

    >>> with_query("/", [("since", "1"), ("owner", "")]), with_query("/team", [])
    ('/?since=1', '/team')
    """
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"{path}?{query}" if query else path


def equal_filters(**fields: str) -> tuple[Filter, ...]:
    """Filters for those fields that have a value."""
    return tuple(Filter(field=field, operator="is", value=value) for field, value in fields.items() if value)


def web_link(text: str) -> str:
    """A link of a person's writing, where it leads to the web; "" for any other text, such as `javascript:`.

    >>> web_link("https://a.example/x"), web_link("javascript:alert(1)"), web_link("Champion call")
    ('https://a.example/x', '', '')
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
