"""Events of ours from an event of Stripe. Pure."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Inbound, Reading, Refused, Request
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.fields import chosen_topic, encode, stamp, without_empty
from streams.gateway.vendors.stripe.envelope import StripeEvent, accounts_of, alias_of

NO_ACCOUNT = (
    "the object names neither one of your accounts (metadata.account_id) nor a customer: nothing says whose it is"
)


def published(request: Request, event: StripeEvent, *named: tuple[str, dict[str, Any]], event_id: str = "") -> Reading:
    """One event of ours for each (name, properties), under the account of Stripe's object, and the alias that it says.

    `event_id` replaces the id of Stripe's event, where several of its events report one thing.
    """
    assert isinstance(request.source, StripeSource)
    source = request.source
    accounts = accounts_of(event, source)
    if not accounts:
        return Reading(refused=[Refused(reason="no_account", words=NO_ACCOUNT, value=request.body)])
    return Reading(
        events=[
            Inbound(
                topic=chosen_topic(name, source.topics, "billing"),
                event=name,
                value=_value(name, event, event_id or event.id, properties),
                occurred_at_ms=event.occurred_at_ms,
                accounts=accounts,
                position=position,
            )
            for position, (name, properties) in enumerate(named)
        ],
        aliases=alias_of(event, accounts, source, request.name),
    )


def _value(name: str, event: StripeEvent, event_id: str, properties: dict[str, Any]) -> bytes:
    fields = {"event": name, "timestamp": stamp(event.occurred_at_ms), "id": event_id}
    return encode({**fields, "properties": without_empty(properties)})
