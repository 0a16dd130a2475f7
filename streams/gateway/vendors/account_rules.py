"""The rules of a source for the accounts of its events, applied. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from streams.gateway.sources.schema import AccountRule
from streams.gateway.vendors.fields import found_at, known_ids
from streams.identity.alias import ACCOUNT, ForeignId


def accounts_by(rules: Sequence[AccountRule], event: object) -> tuple[ForeignId, ...]:
    """The ids that the rules find in an event as its vendor sent it, in the order of the rules, each once.

    >>> accounts_by([AccountRule(pointer="/org", kind="crm.org"), AccountRule(pointer="/id")], {"org": 7, "id": "acme"})
    (ForeignId(kind='crm.org', id='7'), ForeignId(kind='account', id='acme'))
    """
    return known_ids(*((rule.kind or ACCOUNT, found_at(event, rule.pointer)) for rule in rules))
