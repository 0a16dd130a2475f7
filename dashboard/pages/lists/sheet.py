"""What the rows of one page have in common, and a row as HTML: the same for a page and for the live part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dashboard.charts.risk_bar import risk_bar
from dashboard.charts.sparkline import sparkline
from dashboard.live.keys import row_key
from dashboard.pages.lists.addresses import Address
from dashboard.pages.lists.columns import Shown, cell_text, fitting, value_of
from dashboard.pages.shell.environment import environment
from dashboard.values.listing import ListRequest, Row, Total
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

ROW_TEMPLATE = "accounts/row.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`most_at_risk` is what a whole bar of «At risk» stands for. Rows have acts only where `may_act`."""

    look: Look
    columns: tuple[Shown, ...]
    address: Address = field(default_factory=Address)
    most_at_risk: float = 0.0
    may_act: bool = False

    key = staticmethod(row_key)
    path = staticmethod(account_path)

    def spark(self, row: Row) -> Markup:
        return sparkline(self.look, row.sparkline, row.score, row.tier)

    def risk(self, row: Row) -> Markup:
        return risk_bar(row.at_risk, self.most_at_risk)

    def fitting(self, row: Row) -> int:
        return fitting(row.marks)

    def text(self, row: Row, shown: Shown) -> str:
        return cell_text(self.look, row, shown.column)

    def explain(self, row: Row) -> str:
        """The address of this page with the row explained, or closed where it is."""
        is_open = self.address.explain == row.account_id
        explain = "" if is_open else row.account_id
        return f"{self.address.href(cursor=self.address.request.cursor, explain=explain)}#r-{row_key(row.account_id)}"

    def order(self, row: Row) -> str:
        """By what rows rise, as JSON; "" where it cannot be said."""
        return order_of(row, self.address.request, self.look)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one head; `total` is None where the list is not grouped."""

    tier: str
    total: Total | None
    rows: tuple[Row, ...]


def groups_of(rows: Sequence[Row], totals: Iterable[Total], is_grouped: bool) -> tuple[Group, ...]:
    """The rows by tier, in the order in which they come. A head is there for tiers with rows on this page."""
    if not is_grouped:
        return (Group("", None, tuple(rows)),)
    by_tier = {total.name: total for total in totals}
    names = dict.fromkeys(row.tier for row in rows)
    return tuple(Group(name, by_tier.get(name), tuple(row for row in rows if row.tier == name)) for name in names)


def order_of(row: Row, request: ListRequest, look: Look) -> str:
    value = value_of(row, request.sort)
    parts: list[Any] = []
    if request.group:
        names = [name for name, _ in look.tiers]
        parts.append(names.index(row.tier) if row.tier in names else len(names))
    parts.append(int(value is None or value == ""))
    if isinstance(value, bool | int | float):
        parts.append(-float(value) if request.is_descending else float(value))
    elif value and request.is_descending:
        return ""
    else:
        parts.append(str(value or "").casefold())
    return json.dumps(parts)


def row_html(sheet: Sheet, row: Row) -> Markup:
    """The row as a `<tr>`, the same as on the page."""
    module = environment().get_template(ROW_TEMPLATE).module
    return Markup(module.row(sheet, row))  # type: ignore[attr-defined]
