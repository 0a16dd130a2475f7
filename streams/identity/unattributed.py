"""An event whose account is not known yet: the messages of the topic `unattributed`. Pure.

The topic is compacted: what is on it waits. The attribution process publishes an event under its account as soon as an
alias says which that is, and deletes it here once the input topic has acknowledged it.
"""

from __future__ import annotations

import msgspec

from streams.identity.alias import ForeignId


class Unattributed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that waits for the account of one of `accounts`, best first. At least one.

    `value` is the JSON object to publish on the input `topic`, without `account_id`; `event` is its name. `source` is
    the name of the gateway's source that took it, `received_ms` when.
    """

    topic: str
    event: str
    value: bytes
    occurred_at_ms: int
    accounts: tuple[ForeignId, ...]
    source: str = ""
    received_ms: int = 0
