"""Standard Webhooks: `{"type", "timestamp", "data"}` with the id in a header. Pure.

Also what Svix sends for its customers (Clerk, Resend and others), which is the same under older names.
"""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Inbound, Reading, Refused, Request, Vendor
from streams.gateway.signatures.standard_webhooks import PREFIXES, SCHEME
from streams.gateway.sources.schema import AccountRule, StandardWebhooksSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.fields import (
    MISSING,
    Untimely,
    chosen_topic,
    clean_id,
    decoded_object,
    encode,
    fingerprint,
    found_at,
    id_at,
    instant_ms,
    stamp,
    text_at,
)

ACCOUNTS = (AccountRule(pointer="/data/account_id"), AccountRule(pointer="/account_id"))
"""Where the account stands, unless the source has rules of its own."""


def read(request: Request) -> Reading:
    """The event of a webhook: its name is `type`, its time `timestamp`, its properties `data`.

    The id is that of the header `webhook-id`, the same at every repetition. A body without a time has that of its
    signature, which may be later.

    Raises:
        BadRequest: when the body is not a JSON object.
    """
    assert isinstance(request.source, StandardWebhooksSource)
    body = decoded_object(request.body)
    found = _event(request, request.source, body)
    return Reading(events=[found]) if isinstance(found, Inbound) else Reading(refused=[found])


def _event(request: Request, source: StandardWebhooksSource, body: dict[str, Any]) -> Inbound | Refused:
    if not (name := text_at(body, "/type")):
        return Refused(
            reason="no_event_name", words="there is no type, the name of the event: send one", value=request.body
        )
    data = found_at(body, "/data")
    if data is MISSING or data is None:
        data = {}
    if not isinstance(data, dict):
        return Refused(reason="invalid", words="data must be an object, with the properties", value=request.body)
    if not (accounts := accounts_by(source.account or ACCOUNTS, body)):
        return Refused(reason="no_account", words=_where(source), value=request.body)
    try:
        signed_at = _header(request, "timestamp")
        occurred_at_ms = instant_ms(
            found_at(body, "/timestamp"),
            found_at(body, "/created_at"),
            int(signed_at) if signed_at.isascii() and signed_at.isdigit() else None,
            otherwise_ms=request.received_ms,
        )
    except Untimely as untimely:
        return Refused(reason="bad_timestamp", words=str(untimely), value=request.body)
    event_id = clean_id(_header(request, "id")) or id_at(body, "/id") or fingerprint(body)
    event = {"event": name, "timestamp": stamp(occurred_at_ms), "id": event_id, "properties": data}
    return Inbound(
        topic=chosen_topic(name, source.topics, "analytics"),
        event=name,
        value=encode(event),
        occurred_at_ms=occurred_at_ms,
        accounts=accounts,
    )


def _header(request: Request, name: str) -> str:
    """A header of the three that were verified: somebody may have added another id, which nobody signed.

    Dead letters do not keep the signature.
    """
    headers = request.headers
    for needed in (("id", "timestamp", "signature"), ("id", "timestamp"), (name,)):
        for prefix in PREFIXES:
            if all(headers.get(prefix + each) for each in needed):
                return headers[prefix + name]
    return ""


def _where(source: StandardWebhooksSource) -> str:
    pointers = " nor ".join(rule.pointer for rule in source.account or ACCOUNTS)
    return f"no account at {pointers}: send it there, or set `account` of the source to where it stands"


VENDOR = Vendor(read=read, scheme=SCHEME)
