"""Checks of `[calendars.NAME]` and `[traits]`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from alerts.lifecycle.checks.values import check_days, check_different, check_known, check_time, check_zone
from alerts.lifecycle.schema import Calendar
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, numbered

HOLIDAYS_MAX = 400


def check_calendar(key: str, calendar: Calendar) -> None:
    """Check a calendar: it has open hours, and holidays that are dates.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    check_zone(f"{key}.zone", calendar.zone)
    check_days(f"{key}.days", calendar.days)
    opens, closes = check_time(f"{key}.from", calendar.from_), check_time(f"{key}.to", calendar.to)
    if opens >= closes:
        words = f"{calendar.to} must be later than from = '{calendar.from_}', of the same day; change one of them"
        raise ModelRuleError(f"{key}.to", words)
    if len(calendar.holidays) > HOLIDAYS_MAX:
        words = f"there are {len(calendar.holidays)}, and the most is {HOLIDAYS_MAX}; leave out those of the past"
        raise ModelRuleError(f"{key}.holidays", words)
    for each_key, day in numbered(f"{key}.holidays", calendar.holidays):
        _check_date(each_key, day)
    check_different(f"{key}.holidays", calendar.holidays)


def check_traits(traits: Mapping[str, str], model: Model) -> None:
    """Check that each trait is a text signal of the model.

    Raises:
        ModelRuleError: when one is not.
    """
    texts = [name for name, signal in model.signals.items() if signal.nature() == "text"]
    for trait, signal in traits.items():
        if signal in model.signals and signal not in texts:
            what = model.signals[signal].nature()
            words = f"{signal!r} is not a text but a{'n' if what == 'instant' else ''} {what}"
            raise ModelRuleError(f"traits.{trait}", f"{words}; name a signal of kind 'last' with type = 'text'")
        check_known(f"traits.{trait}", signal, "text signal of the model", texts)


def _check_date(key: str, text: str) -> None:
    try:
        is_date = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_date = False
    if not is_date:
        raise ModelRuleError(key, f"{text!r} is not a date; write it like '2026-12-25'")
