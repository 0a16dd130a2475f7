"""All that the template of the list reads, worked out."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request

from dashboard.charts.earned_bar import earned_bar
from dashboard.pages.frame import Frame
from dashboard.pages.lists.addresses import Address, address_of
from dashboard.pages.lists.columns import FIXED, Shown, shown_columns
from dashboard.pages.lists.filtering import OPERATORS, chips_of, filterable
from dashboard.pages.lists.live_rows import live_address
from dashboard.pages.lists.sheet import Sheet, groups_of
from dashboard.pages.lists.views import DAILY, SAVED, ListView, built_in
from dashboard.queries.port import Queries
from dashboard.values.account import AccountView, ContributionRow
from dashboard.values.listing import Column, Listing, ListRequest, Total
from dashboard.wording.look import Look

COSTS: Final = 3
"""How many components an explanation in place names."""
_TEXTS: Final = ("text", "tier", "date")
_USUAL_COLUMNS: Final = 14


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request of the list comes to, before anything is asked."""

    views: tuple[ListView, ...]
    columns: tuple[Column, ...]
    address: Address
    shown: tuple[Shown, ...]


def asking_of(request: Request, framed: Frame, asked: Queries) -> Asking:
    """The views of this reader, the address, and the columns that it comes to."""
    views = (*built_in(framed.person.owner, framed.look.tiers[-1][0]), *framed.saved_views)
    defaults = {view.name: (view.request, view.columns) for view in views}
    address = address_of(request.query_params, defaults, DAILY)
    columns = asked.columns()
    chosen = address.columns or framed.preferences.columns
    return Asking(views, columns, address, shown_columns(columns, chosen, address.request.filters))


def page_values(
    framed: Frame, asking: Asking, listing: Listing | None, counts: Mapping[str, int], explained: AccountView | None
) -> dict[str, Any]:
    """What `accounts.html` reads beside the context of `base.html`."""
    look, address = framed.look, asking.address
    shown = listing or _NOTHING
    most = max((row.at_risk or 0.0 for row in shown.rows), default=0.0)
    current = next((view for view in asking.views if view.name == address.view), None)
    label = current.label if current else "a selection"
    sheet = Sheet(look=look, columns=asking.shown, address=address, most_at_risk=most, may_act=framed.may_act)
    chosen = {each.column.name for each in asking.shown}
    by_name = {column.name: column for column in asking.columns}
    return {
        "title": f"Accounts, {label[0].lower()}{label[1:]}",
        "as_of_ms": shown.as_of_ms,
        "search": address.request.search,
        "sheet": sheet,
        "live": live_address(sheet),
        "groups": groups_of(shown.rows, shown.groups, address.request.group),
        "explained": explained,
        "costs": costs_of(explained),
        "may_act": framed.may_act,
        "tabs": tabs_of(asking.views, address, counts),
        "chips": chips_of(address, by_name, look),
        "table_heads": heads_of(asking.shown, address),
        "is_usual": not (address.columns or framed.preferences.columns),
        "is_wide": len(asking.shown) > _USUAL_COLUMNS,
        "list_words": words_of(look, shown),
        "caption": f"Accounts {'by tier, then ' if address.request.group else ''}by {_order_words(address, by_name)}",
        "book_size": shown.book.accounts,
        "is_whole": shown.is_whole,
        "limit": address.request.limit,
        "next_href": address.href(cursor=shown.cursor, explain="") if shown.cursor and address.view != "bottom" else "",
        "first_href": address.href(explain="") if address.request.cursor else "",
        "csv_href": f"/accounts.csv?{address.query(explain='')}",
        "share_href": f"/shares?{urlencode([('place', 'accounts'), ('query', whole_query(address))])}",
        "saved_id": address.view.removeprefix(SAVED) if current is not None and current.is_saved else "",
        "view_label": label,
        "own_query": whole_query(address),
        "kept_pairs": kept_pairs(address),
        "owners": sorted({row.owner for row in shown.rows if row.owner}),
        "filterable": filterable(asking.columns),
        "operators": OPERATORS,
        "sort_words": f"Sort: {'tier, then ' if address.request.group else ''}{_order_words(address, by_name)}",
        "sorts": sorts_of([each for each in asking.columns if each.name in chosen or not is_signal(each)], address),
        "group_href": address.href(group=not address.request.group, explain=""),
        "is_grouped": address.request.group,
        "choices": choices_of(asking.columns, chosen),
    }


_NOTHING: Final = Listing(
    rows=(),
    total=Total(name="", accounts=0, mrr=0.0, at_risk=0.0),
    book=Total(name="", accounts=0, mrr=0.0, at_risk=0.0),
    groups=(),
    cursor="",
    as_of_ms=0,
)


def whole_query(address: Address) -> str:
    """The list as a query that needs no view: what a saved view or a share link keeps."""
    return replace(address, base=ListRequest()).query(explain="", view="", cursor="")


def words_of(look: Look, listing: Listing) -> str:
    """«19 of 148 accounts · $187,555 MRR · $53,077 at risk»."""
    of = "" if listing.total.accounts == listing.book.accounts else f" of {listing.book.accounts:,}"
    noun = "account" if listing.book.accounts == 1 else "accounts"
    money = f"{look.money(listing.total.mrr)} MRR · {look.money(listing.total.at_risk)} at risk"
    return f"{listing.total.accounts:,}{of} {noun} · {money}"


def _order_words(address: Address, columns: Mapping[str, Column]) -> str:
    column = columns.get(address.request.sort)
    label = column.label if column else address.request.sort
    return label if label.isupper() or label == "★" else f"{label[0].lower()}{label[1:]}"


@dataclass(frozen=True, slots=True)
class Cost:
    """A component that costs points, with its bar."""

    row: ContributionRow
    bar: str


def costs_of(view: AccountView | None) -> tuple[Cost, ...]:
    """The components that cost most, most first."""
    if view is None:
        return ()
    costly = [row for row in view.contributions if row.kind == "component" and row.lost > 0]
    kept = sorted(costly, key=lambda row: -row.lost)[:COSTS]
    most = max((row.possible for row in kept), default=0.0)
    return tuple(Cost(row, earned_bar(row.earned, row.possible, most)) for row in kept)


def tabs_of(views: Sequence[ListView], address: Address, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": view.label,
            "href": f"/accounts?{Address(view=view.name).query()}",
            "is_current": view.name == address.view,
            "count": counts.get(view.name),
        }
        for view in views
    ]


def heads_of(shown: Sequence[Shown], address: Address) -> list[dict[str, str]]:
    request = address.request
    heads = []
    for each in shown:
        name = each.column.name
        is_current = name == request.sort
        is_descending = not request.is_descending if is_current else each.column.kind not in _TEXTS
        href = address.href(sort=name, is_descending=is_descending, explain="") if each.column.is_sortable else ""
        order = ("descending" if request.is_descending else "ascending") if is_current else ""
        heads.append({"label": each.column.label, "href": href, "order": order, "classes": each.head})
    return heads


def sorts_of(columns: Sequence[Column], address: Address) -> list[dict[str, Any]]:
    return [
        {
            "label": column.label,
            "href": address.href(sort=column.name, is_descending=column.kind not in _TEXTS, explain=""),
            "is_current": column.name == address.request.sort,
        }
        for column in columns
        if column.is_sortable
    ]


def is_signal(column: Column) -> bool:
    return column.name.startswith("fact.")


def choices_of(columns: Sequence[Column], chosen: Container[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The columns that can be shown: those of the account, then the model's signals under their head."""
    parts = (
        ("", [each for each in columns if each.name != FIXED and not is_signal(each)]),
        ("Signals of the model", [each for each in columns if is_signal(each)]),
    )
    return [
        (head, [{"name": each.name, "label": each.label, "is_shown": each.name in chosen} for each in part])
        for head, part in parts
    ]


def kept_pairs(address: Address) -> list[tuple[str, str]]:
    """What a form must send with its own fields, so that the rest of the list stays."""
    kept = replace(address, explain="", request=replace(address.request, cursor=""))
    return kept.pairs()
