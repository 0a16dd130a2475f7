"""Overrides: checks the scores that people set through `control`."""

from __future__ import annotations

from scoring.event.event import EARLIEST_MS
from scoring.result import Override
from streams.control.messages import EndOverride, InvalidControl, SetOverride

LATEST_MS = 4_102_444_800_000
"""2100-01-01: an override that lasts longer has probably a wrong unit."""
REASON_MAX_CHARACTERS = 500
AUTHOR_MAX_CHARACTERS = 200


class InvalidOverride(InvalidControl):
    """An override that is invalid; the text says why."""


def override_of(control: SetOverride | EndOverride, as_of_ms: int) -> Override | None:
    """The override from now on, None when it ends.

    Raises:
        InvalidOverride: when the score is not from 0 to 100, the reason or the author is missing or too long, or its
            instants are out of range or in the past.
    """
    if isinstance(control, EndOverride):
        return None
    if not 0 <= control.score <= 100:
        raise InvalidOverride(f"a score is from 0 to 100, not {control.score:g}")
    if not 0 < len(control.reason.strip()) <= REASON_MAX_CHARACTERS:
        raise InvalidOverride(f"a reason has 1 to {REASON_MAX_CHARACTERS} characters")
    if not 0 < len(control.author.strip()) <= AUTHOR_MAX_CHARACTERS:
        raise InvalidOverride(f"an author has 1 to {AUTHOR_MAX_CHARACTERS} characters")
    if control.instant_ms < EARLIEST_MS:
        raise InvalidOverride("it was set before the year 2000")
    if control.until_ms <= as_of_ms:
        raise InvalidOverride("its time is over already")
    if control.until_ms > LATEST_MS:
        raise InvalidOverride("its end is after the year 2100")
    return Override(
        score=control.score,
        reason=control.reason,
        author=control.author,
        set_ms=control.instant_ms,
        until_ms=control.until_ms,
    )
