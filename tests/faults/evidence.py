"""What is left of a scenario when its processes are gone."""

from __future__ import annotations

import msgspec

from alerts.notification import Notification


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`broken` is what is broken already, in words."""

    instant_ms: int
    rounds: int
    events: int
    broken: list[str]
    notifications: list[Notification]
    doubled: int
    """Messages that the load's own producer wrote twice. A broker that starts forgets what it knew of a producer whose
    last message is older than a day (`producer.id.expiration.ms`) by its own time, and those of a history are."""
    steps: int
    told: int
    cases: int
    commands: int
    """Alert steps, those of them that somebody may be told of, cases that were opened; commands of people."""
    is_spoilt: bool
    """More messages than the load's lie in the log, so offsets are not those of the undisturbed run."""
