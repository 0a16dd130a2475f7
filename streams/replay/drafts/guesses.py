"""Guesses what events and properties mean by the words in their names: for people to confirm, never taken by itself."""

from __future__ import annotations

import re

from scoring.model import property_sets
from scoring.model.event_names import plain_name
from streams.replay.fit_values import PropertyValues

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TICKETS = (
    (("reopen",), "ticket_reopened"),
    (("clos", "resolv", "solv", "done", "complet", "delet"), "ticket_closed"),
    (("csat", "satisf", "rated", "rating", "feedback"), "csat_answer"),
    (("open", "creat", "submit", "new", "rais", "report"), "ticket_opened"),
)
_BILLING = (
    (("fail", "declin", "bounc", "dunning"), "payment_failed"),
    (("cancel", "churn", "terminat", "expir", "ended"), "subscription_canceled"),
    (("seat", "licen"), "seats_changed"),
    (("upgrad", "downgrad", "plan"), "plan_changed"),
    (("renew", "updat", "chang"), "subscription_changed"),
    (("paid", "pay", "receipt"), "payment_succeeded"),
    (("start", "creat", "activat", "signed", "new"), "subscription_started"),
)
_MACHINES = frozenset(
    (
        *("sync", "synced", "job", "jobs", "cron", "webhook", "webhooks", "batch", "scheduled", "nightly", "hourly"),
        *("heartbeat", "ping", "poll", "polled", "worker", "queue", "queued", "pipeline", "etl", "backup", "bot"),
        *("automated", "automatic", "api", "healthcheck", "migration"),
    )
)
_PROPERTIES: dict[str, tuple[str, ...]] = {
    "mrr": ("mrr", "recurring"),
    "seats": ("seat", "seats", "licence", "licences", "license", "licenses"),
    "plan": ("plan", "tier", "package", "edition"),
    "severity": ("severity", "priority", "urgency", "sev", "prio"),
    "csat": ("csat", "satisfaction"),
    "nps": ("nps",),
    "renewal_date": ("renewal", "renews"),
    "ticket_id": ("ticket", "case", "conversation"),
}
_NUMBERS = ("mrr", "arr", "seats", "csat", "nps")
_CHANGES = {"mrr": ("cents", "cent", "yearly", "annual"), "seats": ("used", "active", "price", "free", "change")}
"""Words that say that it is another thing, or another unit."""
_EARLIER = frozenset(
    ("previous", "prev", "old", "former", "prior", "before", "original", "requested", "target", "next", "max")
)
"""Words that say that it is not the present value."""


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> words_of("customerPlanTier"), words_of("Ticket-Solved"), words_of("MRR_total")
    (['customer', 'plan', 'tier'], ['ticket', 'solved'], ['mrr', 'total'])
    """
    return [part.lower() for part in _PARTS.findall(name)]


def set_for(topic: str, name: str) -> str:
    """The shipped set that an event of a topic may belong to; "" when its words say nothing.

    >>> set_for("tickets", "case_closed"), set_for("billing", "dunning_started"), set_for("tickets", "agent assigned")
    ('ticket_closed', 'payment_failed', '')
    """
    table = _TICKETS if topic == "tickets" else _BILLING if topic == "billing" else ()
    words = words_of(name)
    for stems, found in table:
        if any(word.startswith(stems) for word in words):
            return found
    return ""


def looks_like_a_machine(name: str) -> bool:
    """Whether the words of an event's name are those of jobs and services."""
    return not _MACHINES.isdisjoint(words_of(name))


def same_as(name: str, values: PropertyValues) -> str:
    """The shipped synonyms that have this property but for case and separators, when its values fit; else ""."""
    for found, table in property_sets.shipped().items():
        if name not in table.names and plain_name(name) in map(plain_name, table.names) and fits(found, values):
            return found
    return ""


def synonyms_for(name: str, values: PropertyValues) -> str:
    """The shipped synonyms that a property may belong to by its words and values; "" for none."""
    words = words_of(name)
    for found, known in _PROPERTIES.items():
        is_other = not _EARLIER.isdisjoint(words) or any(word in _CHANGES.get(found, ()) for word in words)
        needs_id = found == "ticket_id" and words[-1:] not in (["id"], ["number"], ["key"])
        if any(word in known for word in words) and not is_other and not needs_id and fits(found, values):
            return found
    return ""


def is_a_number(name: str) -> bool:
    """Whether a property is among the shipped synonyms of a number."""
    return any(name in property_sets.shipped()[each].names for each in _NUMBERS)


def fits(synonyms: str, values: PropertyValues) -> bool:
    """Whether values are of the type that is read of the synonyms: mostly numbers, or mostly texts."""
    numbers, texts = values.numbers, values.texts + values.numbers_as_text
    if synonyms in _NUMBERS:
        return numbers + values.numbers_as_text > values.texts + values.others
    if synonyms == "ticket_id":
        return numbers + texts > values.others
    return texts > numbers + values.others
