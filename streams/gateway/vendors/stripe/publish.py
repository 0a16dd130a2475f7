"""Events of ours from an event of Stripe. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Inbound, Reading, Refused, Request
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.fields import chosen_topic, encode, stamp, without_empty
from streams.gateway.vendors.stripe.envelope import StripeEvent, accounts_of, alias_of

NO_ACCOUNT = (
    "the object names neither one of your accounts (metadata.account_id) nor a customer: nothing says whose it is"
)


class Said(msgspec.Struct, frozen=True):
    """An event of ours. `id` replaces that of Stripe's event."""

    name: str
    properties: dict[str, Any]
    id: str = ""


def published(request: Request, event: StripeEvent, *told: Said) -> Reading:
    """These events of ours, under the account of Stripe's object, and the alias that it says."""
    assert isinstance(request.source, StripeSource)
    source = request.source
    accounts = accounts_of(event, source)
    if not accounts:
        return Reading(refused=[Refused(reason="no_account", words=NO_ACCOUNT, value=request.body)])
    return Reading(
        events=[
            Inbound(
                topic=chosen_topic(each.name, source.topics, "billing"),
                event=each.name,
                value=_value(event, each),
                occurred_at_ms=event.occurred_at_ms,
                accounts=accounts,
                position=position,
            )
            for position, each in enumerate(told)
        ],
        aliases=alias_of(event, accounts, source, request.name),
    )


def _value(event: StripeEvent, told: Said) -> bytes:
    fields = {"event": told.name, "timestamp": stamp(event.occurred_at_ms), "id": told.id or event.id}
    return encode({**fields, "properties": without_empty(told.properties)})
