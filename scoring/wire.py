"""An event as it is on the wire, but for the properties that the model names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Wire(msgspec.Struct):
    """What is read of a message. Its module is never compiled: the decoder looks at the annotations."""

    account_id: str | None = None
    event: str | None = None
    timestamp: datetime | int | float | None = None
    id: str | int | None = None
    user_id: str | int | None = None
    distinct_id: str | int | None = None
    user: Any = None
    tags: Any = None
    context: Any = None
    type: Any = None
    groupId: Any = None  # noqa: N815  # its name on the wire
    traits: Any = None
