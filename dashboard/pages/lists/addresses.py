"""The address of a list: everything that it shows is in its query, so that back, bookmarks and links work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from dashboard.queries.port import BadRequest
from dashboard.values.listing import Filter, ListRequest, Operator

OPERATORS: Final = frozenset(get_args(Operator))
ROWS: Final = 50
MOST_ROWS: Final = 500
_MOST_TEXT = 200
_FIRST: Final = ListRequest()
_KEPT: Final = frozenset(("sort", "group", "q", "limit", "columns"))
"""What a query may say beside filters that needs nobody to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`view` is the name of a view, "" for none; where the query names no filter or order, the view's are taken.

    `base` is that of the view, of which the query says only what differs. `columns` are names in order, () for those of
    the view or the reader. `explain` is the account to explain in place.
    """

    view: str = ""
    base: ListRequest = _FIRST
    request: ListRequest = _FIRST
    columns: tuple[str, ...] = ()
    explain: str = ""

    def query(self, **changes: Any) -> str:
        """The query of this address, with fields of `request` or of this changed. Another list begins at its start."""
        own = {name: changes.pop(name) for name in ("view", "columns", "explain") if name in changes}
        if changes and "cursor" not in changes:
            changes["cursor"] = ""
        request = replace(self.request, **changes)
        return urlencode(list(_pairs(replace(self, request=request, **own))), safe=":,")

    def href(self, **changes: Any) -> str:
        """The address itself."""
        return f"/accounts?{self.query(**changes)}"

    def pairs(self) -> list[tuple[str, str]]:
        """The query as names and values."""
        return list(_pairs(self))

    def without(self, filter_: Filter) -> str:
        """The address without one filter."""
        return self.href(filters=tuple(each for each in self.request.filters if each != filter_), explain="")


def _pairs(address: Address) -> Iterable[tuple[str, str]]:
    request, base = address.request, address.base
    if address.view:
        yield "view", address.view
    if request.filters != base.filters:
        yield from (("filter", filter_text(each)) for each in request.filters)
        if not request.filters:
            yield "filter", ""
    if (request.sort, request.is_descending) != (base.sort, base.is_descending):
        yield "sort", f"{'-' if request.is_descending else ''}{request.sort}"
    if request.group != base.group:
        yield "group", "tier" if request.group else ""
    if request.search:
        yield "q", request.search
    if request.limit != base.limit:
        yield "limit", str(request.limit)
    if address.columns:
        yield "columns", ",".join(address.columns)
    if request.cursor:
        yield "cursor", request.cursor
    if address.explain:
        yield "explain", address.explain


def filter_text(each: Filter) -> str:
    """A filter in an address.

    >>> filter_text(Filter(field="mrr", operator="at_least", value="900"))
    'mrr:at_least:900'
    """
    return f"{each.field}:{each.operator}:{each.value}"


def filter_of(text: str) -> Filter | None:
    """The filter of a text; None when it is none. Whether its field exists is for the book to say.

    >>> filter_of("owner:is:Ines: the first"), filter_of("nonsense")
    (Filter(field='owner', operator='is', value='Ines: the first'), None)
    """
    field, _, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    if not field or operator not in OPERATORS:
        return None
    return Filter(field=field, operator=operator, value=value[:_MOST_TEXT])  # type: ignore[arg-type]


def address_of(query: QueryParams, defaults: Mapping[str, tuple[ListRequest, tuple[str, ...]]], first: str) -> Address:
    """What a query asks for. `defaults` are the views' requests and columns by name, `first` the view of an empty one.

    A part that cannot be read is left out.
    """
    asked = str(query.get("view", ""))[:_MOST_TEXT]
    is_bare = not any(query.get(name) for name in ("view", "filter", "q", "sort"))
    view = asked if asked in defaults else first if is_bare else ""
    base, columns = defaults.get(view, (ListRequest(), ()))
    request = base
    if query.get("filter") is not None:
        request = replace(request, filters=_filters(query.getlist("filter")))
    sort = str(query.get("sort") or "")
    if sort.removeprefix("-"):
        request = replace(request, sort=sort.removeprefix("-")[:_MOST_TEXT], is_descending=sort.startswith("-"))
    if query.get("group") is not None:
        request = replace(request, group=query.get("group") == "tier")
    request = replace(
        request,
        search=str(query.get("q") or "").strip()[:_MOST_TEXT],
        cursor=str(query.get("cursor") or "")[:1000],
        limit=_limit(str(query.get("limit") or ""), request.limit),
    )
    chosen = _columns(query.getlist("columns"))
    explain = str(query.get("explain") or "")
    return Address(view=view, base=base, request=request, columns=chosen or columns, explain=explain)


def request_of(query: str) -> ListRequest:
    """The accounts that a query keeps, by what it says alone.

    Raises:
        BadRequest: a part of it cannot be read. Left out, it would keep more accounts than somebody meant.
    """
    if words := unread(query):
        raise BadRequest(f"{words!r} is no part of a list: write filter=field:operator:value, q=, sort= or limit=.")
    return address_of(QueryParams(query), {}, "").request


def unread(query: str) -> str:
    """The first part of a query that `address_of` would leave out or cut, "" for none: for what must not show more than
    it says.

    >>> unread("filter=tier:is:red&sort=-mrr"), unread("filter=owner=Ann"), unread("view=worst")
    ('', 'filter=owner=Ann', 'view=worst')
    """
    for name, value in QueryParams(query).multi_items():
        is_read = name in _KEPT and len(value) <= _MOST_TEXT
        if name == "filter":
            found = filter_of(value)
            is_read = not value or (found is not None and filter_text(found) == value)
        if not is_read:
            return f"{name}={value}"[:_MOST_TEXT]
    return ""


def _filters(texts: Iterable[str]) -> tuple[Filter, ...]:
    found = (filter_of(text) for text in texts)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _columns(texts: Iterable[str]) -> tuple[str, ...]:
    names = (name.strip() for text in texts for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))[:60]


def _limit(text: str, default: int) -> int:
    return min(max(int(text), 1), MOST_ROWS) if text.isascii() and text.isdecimal() else default
