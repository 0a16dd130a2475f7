"""The rows of an open list: the address of its stream says how they look, so that any process can render them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import msgspec

from dashboard.live.views import RowRenderer, ViewMaker
from dashboard.pages.lists.addresses import Address
from dashboard.pages.lists.columns import shown_columns
from dashboard.pages.lists.sheet import Sheet, row_html
from dashboard.values.listing import Column, ListRequest
from dashboard.wording.look import Look
from dashboard.wording.times import zone_of

PAGE: Final = "accounts"
COLUMNS_MAX: Final = 60


class _View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A `Sheet` as text. `base` is None where it is the request itself."""

    request: ListRequest
    shown: tuple[str, ...]
    tiers: tuple[tuple[str, float], ...]
    base: ListRequest | None = None
    view: str = ""
    columns: tuple[str, ...] = ()
    explain: str = ""
    zone: str = "UTC"
    currency: str = "USD"
    most: float = 0.0
    may_act: bool = False


def live_address(sheet: Sheet) -> str:
    """The address of the stream of a page that shows this."""
    address, look = sheet.address, sheet.look
    view = _View(
        request=address.request,
        base=None if address.base == address.request else address.base,
        view=address.view,
        columns=address.columns,
        explain=address.explain,
        shown=tuple(each.column.name for each in sheet.columns),
        tiers=look.tiers,
        zone=str(look.zone),
        currency=look.currency,
        most=sheet.most_at_risk,
        may_act=sheet.may_act,
    )
    return f"/live?page={PAGE}&view={quote(msgspec.json.encode(view))}"


def view_maker(columns: Callable[[], Sequence[Column]]) -> ViewMaker:
    """Reads what `live_address` wrote. `columns` are those of the list."""

    def maker(text: str) -> RowRenderer:
        try:
            sheet = _sheet(msgspec.json.decode(text, type=_View), columns())
        except msgspec.DecodeError as error:
            raise ValueError(f"not the view of a list ({error})") from None
        return lambda row: row_html(replace(sheet, look=replace(sheet.look, now_ms=_now_ms())), row)

    return maker


def _sheet(view: _View, columns: Sequence[Column]) -> Sheet:
    look = Look(now_ms=_now_ms(), zone=zone_of(view.zone), currency=view.currency, tiers=view.tiers)
    address = Address(
        view=view.view,
        base=view.request if view.base is None else view.base,
        request=view.request,
        columns=view.columns,
        explain=view.explain,
    )
    shown = shown_columns(columns, view.shown[:COLUMNS_MAX], ())
    return Sheet(look=look, columns=shown, address=address, most_at_risk=view.most, may_act=view.may_act)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
