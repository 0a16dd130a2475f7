"""Users and organizations of Zendesk: aliases, and no events. Pure.

A user leads to an organization, an organization by its external id to an account.
"""

from __future__ import annotations

from streams.gateway.reading import Ignored, Reading, Request
from streams.gateway.vendors.inbound import alias, foreign, kind_of, said_ms
from streams.gateway.vendors.zendesk.envelopes import Change
from streams.gateway.vendors.zendesk.tickets import VENDOR_NAME, organization_of
from streams.identity.alias import ACCOUNT, ForeignId


def read_user(request: Request, change: Change, reading: Reading) -> None:
    """Add where a user leads."""
    kind = kind_of(request.source, VENDOR_NAME, "user")
    organization = organization_of(change.thing.get("organization_id"))
    _learn(request, change, reading, kind, foreign(kind_of(request.source, VENDOR_NAME, "organization"), organization))


def read_organization(request: Request, change: Change, reading: Reading) -> None:
    """Add where an organization leads. One whose external id was emptied leads nowhere any more."""
    kind = kind_of(request.source, VENDOR_NAME, "organization")
    account = foreign(ACCOUNT, change.thing.get("external_id"))
    if account is None and change.what == "external_id_changed":
        account = foreign(ACCOUNT, change.current)
        if account is None:
            reading.forgotten.append(ForeignId(kind, change.thing_id))
    _learn(request, change, reading, kind, account)


def _learn(request: Request, change: Change, reading: Reading, kind: str, to: ForeignId | None) -> None:
    if change.what == "deleted" and change.thing_id:
        reading.forgotten.append(ForeignId(kind, change.thing_id))
    elif found := alias(request, kind, change.thing_id, to, said_ms(request, *change.times)):
        reading.aliases += found
    else:
        reading.ignored.append(Ignored(what=f"{change.domain}.{change.what}"))
