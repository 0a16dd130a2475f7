"""What the name of an event says of it: use of the product, something notable, an error, or noise. Pure.

By the sets of names that ship with Vitals (`scoring.model.event_sets`); a model's own sets are not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from scoring.event.topics import INPUT_TOPICS
from scoring.model.event_names import Names
from scoring.model.event_sets import EventSets

ANALYTICS, EXCEPTIONS, BILLING, TICKETS = range(len(INPUT_TOPICS))
MILESTONES = (
    *("onboarding_completed", "onboarding_finished", "onboarding_started", "setup_completed", "kickoff_held"),
    *("training_completed", "training_attended", "training_held", "webinar_attended", "certification_completed"),
    *("call_held", "meeting_held", "call_completed", "qbr_missed", "go_live", "went_live"),
    *("core_action_completed", "contract_signed", "survey_answered"),
)
"""Names that people give to steps of an account, beside those of the shipped sets."""
GROUP_CALLS = (
    *("group", "$groupidentify", "$group_identify", "group_identify", "Group Call", "Account Identified"),
    *("Group Identified", "group_traits_updated", "account_traits_updated", "account_updated"),
)
"""Events whose traits are the account's own; those of other identity calls are a person's."""
_READ = ("email_opened", "email_clicked", "email_link_clicked", "email_unsubscribed", "newsletter_opened")
_KNOWN_MAX = 20_000


class Kind(IntEnum):
    """What is kept of an event: a count of its name, and for some the event itself."""

    NOISE = 0
    """Nothing: a flag, a heartbeat."""
    USE = 1
    """A count, as use of the product."""
    NOTABLE = 2
    """A count, and the event."""
    MINOR = 3
    """As `NOTABLE`, but the event makes room for others."""
    ERROR = 4
    """A count by the type of the error, and its first event."""
    IDENTITY = 5
    """Its traits alone."""


class Kinds:
    """The kind of each event by topic and name, remembered. Mutable: a cache."""

    def __init__(self) -> None:
        sets = EventSets({})
        self._machine = Names(sets.entries("machine"))
        self._errors = Names(sets.entries("errors"))
        self._identity = Names((*sets.entries("identity"), *GROUP_CALLS))
        self._read = Names(_READ)
        self._support = Names((*sets.entries("tickets"), *sets.entries("nps_answer"), *MILESTONES, *_notes(sets)))
        notable = ("tickets", "billing", "signup", "csat_answer", "nps_answer")
        entries = [entry for name in notable for entry in sets.entries(name)]
        self._notable = Names((*entries, *_notes(sets), *MILESTONES))
        self._known: dict[tuple[int, str], Kind] = {}

    def of(self, topic: int, name: str) -> Kind:
        """The kind of an event of that name on the input topic of that index."""
        found = self._known.get((topic, name))
        if found is None:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            found = self._known[topic, name] = self._kind(topic, name)
        return found

    def _kind(self, topic: int, name: str) -> Kind:
        if topic == EXCEPTIONS:
            return Kind.ERROR
        if name in self._identity:
            return Kind.IDENTITY
        if topic == BILLING:
            return Kind.NOTABLE
        if topic == TICKETS:
            return Kind.NOTABLE if name in self._support else Kind.MINOR
        if name in self._errors:
            return Kind.ERROR
        if name in self._notable:
            return Kind.NOTABLE
        if name in self._read:
            return Kind.MINOR
        return Kind.NOISE if name in self._machine else Kind.USE


def _notes(sets: EventSets) -> Iterable[str]:
    """What a customer success team notes; `account_updated` and scores of other systems say traits, not news."""
    silent = Names(("account_updated", "account_health_updated", "*_score_updated", "churn_*", "lead_scored"))
    return [name for name in sets.entries("notes") if name not in silent]
