"""Filters as chips, and the filters that a form asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import QueryParams

from dashboard.pages.lists.addresses import Address, filter_of
from dashboard.values.listing import Column, Filter, Operator
from dashboard.wording.look import Look
from dashboard.wording.numbers import MINUS

OPERATORS: Final[tuple[tuple[Operator, str], ...]] = (
    ("is", "is"),
    ("is_not", "is not"),
    ("at_least", "from"),
    ("at_most", "to"),
    ("contains", "contains"),
    ("is_set", "is known"),
    ("is_unset", "is not known"),
)
_WORDS: Final[Mapping[str, str]] = dict(OPERATORS)
FORM_FIELDS: Final = ("tier", "owner", "mrr", "fell", "renews", "field")
UNFILTERABLE: Final = ("sparkline", "top_risk", "marks")


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that is on, and the address without it."""

    label: str
    value: str
    href: str


def chips_of(address: Address, columns: Mapping[str, Column], look: Look) -> tuple[Chip, ...]:
    return tuple(_chips(address, columns, look))


def _chips(address: Address, columns: Mapping[str, Column], look: Look) -> Iterator[Chip]:
    for each in address.request.filters:
        column = columns.get(each.field)
        label = column.label if column else each.field
        has_value = each.operator not in ("is_set", "is_unset")
        yield Chip(
            f"{label} {_WORDS[each.operator]}",
            _shown(look, column, each.value) if has_value else "",
            address.without(each),
        )
    if address.request.search:
        yield Chip("Name has", address.request.search, address.href(search="", explain=""))


def _shown(look: Look, column: Column | None, value: str) -> str:
    if column is None or column.kind not in ("money", "date", "percent", "boolean", "number", "score"):
        return value
    if column.kind == "boolean":
        return "yes" if value.lower() in ("true", "yes", "1") else "no"
    if column.kind == "date":
        return look.iso_day(value)
    try:
        number = float(value)
    except ValueError:
        return value
    if number != number or abs(number) > 1e12:
        return value
    if column.kind == "money":
        return look.money(number)
    return look.percent(number) if column.kind == "percent" else look.number(number)


def filters_of_form(query: QueryParams) -> tuple[Filter, ...]:
    """What the form «Filter» asks for, beside what the address has already; a field left empty asks for nothing."""
    found: list[Filter] = [Filter(field="tier", operator="is", value=tier) for tier in query.getlist("tier") if tier]
    owner = str(query.get("owner") or "").strip()
    if owner:
        found.append(Filter(field="owner", operator="is", value=owner[:200]))
    for name, field, operator in (("mrr", "mrr", "at_least"), ("renews", "renewal_days", "at_most")):
        number = _number(str(query.get(name) or ""))
        if number is not None:
            found.append(Filter(field=field, operator=operator, value=f"{number:g}"))  # type: ignore[arg-type]
    if _number(str(query.get("renews") or "")) is not None:
        found.append(Filter(field="renewal_days", operator="at_least", value="0"))
    fell = _number(str(query.get("fell") or ""))
    if fell is not None:
        found.append(Filter(field="change_7d", operator="at_most", value=f"{-abs(fell):g}"))
    other = filter_of(f"{query.get('field') or ''}:{query.get('operator') or 'is'}:{query.get('value') or ''}")
    return (*found, *((other,) if other is not None else ()))


def _number(text: str) -> float | None:
    """A number as a person writes it: «$1,200», «−5».

    >>> _number("$1,200"), _number("\N{MINUS SIGN}5"), _number("much"), _number("")
    (1200.0, -5.0, None, None)
    """
    plain = "".join(letter for letter in text.replace(MINUS, "-") if letter in "0123456789.-")
    try:
        return float(plain)
    except ValueError:
        return None


def is_form(query: QueryParams) -> bool:
    """Whether the form «Filter» was sent."""
    return any(query.get(name) for name in FORM_FIELDS)


def filterable(columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.name not in UNFILTERABLE)
