"""By which clock a deployment judges accounts. Pure: `VITALS_CLOCK` is read in `streams.deployment.settings`."""

from __future__ import annotations

from typing import Literal

ClockKind = Literal["wall", "event"]
"""`wall`: by the time of now, which is given to pure code. `event`: by the time of the events themselves."""
