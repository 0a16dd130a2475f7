"""The metrics of `vitals interactions`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal

from streams.operations.process_metrics import ProcessMetrics

Kind = Literal["slack", "link"]
InteractionOutcome = Literal[
    "acted",
    "second",
    "not_sent",
    "shown",
    "ignored",
    "incomplete",
    "unsigned",
    "old",
    "forged",
    "malformed",
    "bad_token",
]
"""What became of a request: a command was sent; somebody did the same before; Kafka did not acknowledge; a page was
shown; no concern of ours; the form lacks a name; and the ways in which a request is not to be trusted."""


class InteractionsMetrics(ProcessMetrics):
    """What `vitals interactions` reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("interactions", clock)
        self._interactions: Final = self._counter(
            "vitals_interactions_total", "Requests of people and of Slack, by outcome.", "kind", "outcome"
        )

    def interaction(self, kind: Kind, outcome: InteractionOutcome) -> None:
        """One request was answered."""
        self._interactions.labels(kind, outcome).inc()
