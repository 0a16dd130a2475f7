"""The views of the list that everybody has. Saved ones are in the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.values.listing import Filter, ListRequest

DAILY, ALL = "daily", "all"
SAVED = "saved-"
"""What the name of a saved view begins with, before its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A view as a tab. `sentence` is the whole heading, `counts` whether its tab shows how many accounts it holds."""

    name: str
    label: str
    request: ListRequest
    columns: tuple[str, ...] = ()
    counts: bool = True
    is_saved: bool = False


def built_in(owner: str, lowest_good: str) -> tuple[ListView, ...]:
    """The seven views. `owner` is whose accounts are the reader's, "" for nobody's: then the daily round has them all.
    `lowest_good` is the best tier, which no list of trouble shows.
    """
    mine = (Filter(field="owner", operator="is", value=owner),) if owner else ()
    not_good = (
        Filter(field="score", operator="is_set"),
        Filter(field="tier", operator="is_not", value=lowest_good),
    )
    soon = (
        Filter(field="renewal_days", operator="at_least", value="0"),
        Filter(field="renewal_days", operator="at_most", value="90"),
    )
    fell = (Filter(field="change_7d", operator="at_most", value="-1"),)
    provisional = (Filter(field="is_provisional", operator="is", value="true"),)
    return (
        ListView(name=DAILY, label="My daily round", request=ListRequest(filters=mine, group=True)),
        ListView(
            name="bottom",
            label="Bottom five",
            request=ListRequest(sort="score", is_descending=False, limit=5),
            counts=False,
        ),
        ListView(
            name="worst", label="Worst by MRR", request=ListRequest(filters=not_good, sort="urgency"), counts=False
        ),
        ListView(
            name="renewals",
            label="Renewals in 90 days",
            request=ListRequest(filters=soon, sort="renewal_days", is_descending=False),
        ),
        ListView(
            name="fell",
            label="Fell this week",
            request=ListRequest(filters=fell, sort="change_7d", is_descending=False),
        ),
        ListView(name="provisional", label="Provisional", request=ListRequest(filters=provisional)),
        ListView(name=ALL, label="All accounts", request=ListRequest()),
    )
