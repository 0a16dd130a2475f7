"""Signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.checks.mistake import Mistake, known, multiple, within

if TYPE_CHECKING:
    from scoring.model.model import Model

AT_LEAST = (2, 1_000_000)


def check_sign(model: Model, key: str, sign: schema.Sign) -> None:
    """Check one sign.

    Raises:
        Mistake: when it looks at no `count` of whole days up to now, or can never be told.
    """
    known(f"{key}.signal", sign.signal, "signal", model.signals)
    signal = model.signals[sign.signal]
    if not isinstance(signal, schema.Count) or signal.prior:
        raise Mistake(f"{key}.signal", f"{sign.signal!r} is no count up to now; name a signal of kind 'count'")
    words = f"{sign.signal!r} counts {signal.window}, which are no whole days; name a count of some, like '30d'"
    multiple(f"{key}.signal", signal.window, DAY_MS, words)
    within(f"{key}.at_least", sign.at_least, *AT_LEAST, "the number of events")
    within(f"{key}.days", sign.days, 1, parse_duration(signal.window) // DAY_MS, "the number of days")
