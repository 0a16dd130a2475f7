"""The instants of a replay: a list, or a step with its bounds."""

from __future__ import annotations

import re
import sys

import msgspec

from scoring.instants import DAY_MS, MINUTE_MS, parse_duration, parse_instant, rfc3339
from scoring.plurals import counted
from streams.errors import UserError

INSTANTS_MAX = 20_000
_WEEKS = re.compile(r"([1-9][0-9]{0,3})w")
_MONDAY_MS = 4 * DAY_MS
"""The first Monday after 1970 began: weeks are counted from there."""


class Instants(msgspec.Struct, frozen=True, kw_only=True):
    """The instants that are asked for, in milliseconds: `listed` ones, or every `step_ms` from `from_ms` to `to_ms`, -1
    for the first and the last event. Without `from_ms`, they are multiples of the step, counted from `anchor_ms`."""

    listed: tuple[int, ...] = ()
    step_ms: int = 0
    anchor_ms: int = 0
    from_ms: int = -1
    to_ms: int = -1

    @property
    def last_ms(self) -> int:
        """The last instant, -1 when the events decide it."""
        return self.to_ms if self.step_ms else max(self.listed)

    def of(self, first_ms: int, last_ms: int) -> list[int]:
        """The instants, ascending, for events from `first_ms` to `last_ms`.

        Raises:
            UserError: when there is none, or there are too many.
        """
        if not self.step_ms:
            return sorted(set(self.listed))
        begin, end = self.from_ms, self.to_ms if self.to_ms >= 0 else last_ms
        if begin < 0:  # the first whole step from the first event on
            begin = -(-(first_ms - self.anchor_ms) // self.step_ms) * self.step_ms + self.anchor_ms
        number = (end - begin) // self.step_ms + 1
        if number < 1:
            raise UserError(
                f"No instant lies between {rfc3339(begin)} and {rfc3339(end)}: give an earlier --from, a later --to, "
                f"or a shorter --every."
            )
        if number > INSTANTS_MAX:
            raise UserError(f"--every makes {number:,} instants: give a longer one, or at most {INSTANTS_MAX:,}.")
        return list(range(begin, end + 1, self.step_ms))


def parse_instants(as_of: str, every: str, since: str, to: str) -> Instants:
    """What `--as-of`, or `--every` with `--from` and `--to`, ask for.

    Raises:
        UserError: when they are not to be read, or do not go together.
    """
    if not as_of and not every:
        raise UserError(
            "At which instants? Add --as-of with one or more, like --as-of 2026-03-15T00:00:00Z, or --every 1d."
        )
    if as_of and (every or since or to):
        raise UserError("--as-of names the instants, so --every, --from and --to have no meaning: leave them out.")
    if as_of:
        return Instants(listed=tuple(_instant("--as-of", part.strip()) for part in as_of.split(",")))
    from_ms = _instant("--from", since) if since else -1
    to_ms = _instant("--to", to) if to else -1
    if since and to and from_ms > to_ms:
        raise UserError(f"--from {since} lies after --to {to}: swap them.")
    step_ms, anchor_ms = _step(every)
    return Instants(step_ms=step_ms, anchor_ms=anchor_ms, from_ms=from_ms, to_ms=to_ms)


def print_odd_instants(instants_ms: list[int], first_ms: int, now_ms: int) -> None:
    """Say on standard error which instants lie before all events, or in the future."""
    early = sum(instant_ms < first_ms for instant_ms in instants_ms)
    late = sum(instant_ms > now_ms for instant_ms in instants_ms)
    if early:
        print(
            f"{counted(early, 'instants')} before the first event, of {rfc3339(first_ms)}: no account is there yet.",
            file=sys.stderr,
        )
    if late:
        print(
            f"{counted(late, 'instants')} in the future: accounts are judged as if nothing more happened until then.",
            file=sys.stderr,
        )


def _step(every: str) -> tuple[int, int]:
    """Milliseconds of `--every`, and where its steps are counted from."""
    if weeks := _WEEKS.fullmatch(every):
        return int(weeks[1]) * 7 * DAY_MS, _MONDAY_MS
    try:
        step_ms = parse_duration(every)
    except ValueError as error:
        raise UserError(f"--every: {error}, or '1w'.") from None
    if step_ms < MINUTE_MS:
        raise UserError(f"--every {every}: take 1m or more.")
    return step_ms, 0


def _instant(option: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}") from None
