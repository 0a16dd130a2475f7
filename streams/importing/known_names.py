"""Which properties the shipped models read, and how their values must be, by the shipped synonyms. Pure."""

from __future__ import annotations

from scoring.model.property_sets import shipped

NUMBERS = frozenset(("mrr", "arr", "seats", "nps", "csat"))
DATES = frozenset(("renewal_date",))
OF_SUBSCRIPTIONS = frozenset(("mrr", "arr", "plan", "seats", "subscription_id"))
"""What models read from the events of a subscription."""
TRAITS = ("owner", "segment", "renewal_date", "mrr", "arr", "seats", "plan", "subscription_id")


def idea_of(name: str) -> str:
    """What the property `name` means to the shipped models; "" if none of them reads it.

    >>> idea_of("csm"), idea_of("industry")
    ('owner', '')
    """
    return next((idea for idea, of in shipped().items() if name in of.names), "")


def name_for(header: str) -> str:
    """The property that a column with this header most likely holds; "" for none that is known.

    >>> name_for("Account Manager"), name_for("Contract End Date"), name_for("Colour")
    ('account_manager', 'contract_end_date', '')
    """
    plain = "_".join(header.strip().lower().replace("-", " ").replace("_", " ").split())
    return plain if idea_of(plain) in TRAITS else ""
