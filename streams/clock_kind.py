"""The clock by which a deployment judges accounts. Pure: `streams.deployment.settings` reads `VITALS_CLOCK`."""

from __future__ import annotations

from typing import Literal

ClockKind = Literal["wall", "event"]
"""`wall`: the current time, passed into pure code. `event`: the time of the events themselves."""
