"""Checks of signs."""

from __future__ import annotations

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_known_name, check_multiple, check_within

AT_LEAST = (2, 1_000_000)


def check_sign(model: Model, key: str, sign: schema.Sign) -> None:
    """Check one sign.

    Raises:
        ModelRuleError: when its signal is not a `count` of whole days up to now, or it can never hold.
    """
    check_known_name(f"{key}.signal", sign.signal, "signal", model.signals)
    signal = model.signals[sign.signal]
    if not isinstance(signal, schema.Count) or signal.prior:
        raise ModelRuleError(
            f"{key}.signal", f"{sign.signal!r} is not a count up to now; name a signal of kind 'count'"
        )
    words = f"{sign.signal!r} counts {signal.window}, which is not whole days; name a count of whole days, like '30d'"
    check_multiple(f"{key}.signal", signal.window, DAY_MS, words)
    check_within(f"{key}.at_least", sign.at_least, *AT_LEAST, "the number of events")
    check_within(f"{key}.days", sign.days, 1, parse_duration(signal.window) // DAY_MS, "the number of days")
