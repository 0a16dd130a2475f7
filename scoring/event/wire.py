"""An event as it is on the wire, apart from the properties that the model names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Wire(msgspec.Struct, gc=False):
    """The fields that are read of a message; the decoder reads the annotations."""

    account_id: Any = None
    event: Any = None
    timestamp: datetime | int | float | None = None
    id: Any = None
    user_id: Any = None
    distinct_id: Any = None
    uuid: Any = None
    user: Any = None
    tags: Any = None
    type: Any = None
    userId: Any = None  # noqa: N815  # named as on the wire
    messageId: Any = None  # noqa: N815
    context: Any = None
    groupId: Any = None  # noqa: N815
    traits: Any = None
    name: Any = None
    anonymousId: Any = None  # noqa: N815
    originalTimestamp: Any = None  # noqa: N815
    sentAt: Any = None  # noqa: N815
    receivedAt: Any = None  # noqa: N815
    person_set: Any = msgspec.field(name="$set", default=None)
