"""What became of an act: errors are values here, for pages and API to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "already", "invalid", "unknown", "refused", "failed"]
"""It is done and acknowledged; it was done before; its fields cannot be used; there is no such thing; the person
may not; Kafka, Redis or the log of acts did not answer."""
STATUS: dict[Outcome, int] = {
    "done": 200,
    "already": 409,
    "invalid": 422,
    "unknown": 404,
    "refused": 403,
    "failed": 503,
}
NOT_SENT = "Kafka did not acknowledge it, so it may not be done: look again in a minute, then try again."
NOT_LOGGED = "The log of acts could not be written, so nothing was done: try again in a minute."


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`words` are a sentence for people. `id` names the new thing, and `secret` is shown once and kept nowhere."""

    outcome: Outcome
    words: str
    id: str = ""
    secret: str = ""

    @property
    def is_done(self) -> bool:
        return self.outcome == "done"

    @property
    def status(self) -> int:
        """The HTTP status that says so."""
        return STATUS[self.outcome]
