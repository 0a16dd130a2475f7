"""Goals for tiers, as people state them: «red catches 80%», «yellow flags at most 10%»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from streams.errors import UserError

_GOAL = re.compile(r"(?P<tier>\S.*?) (?P<what>catches|flags)(?: at (?:least|most))? (?P<number>\d+(?:\.\d+)?) ?%")
_FORMS = '"red catches 80%" or "red flags at most 5%"'


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier and all worse ones shall do: catch at least this share (0-1) of the outcomes, or flag at most this
    share of the rows."""

    tier: str
    what: Literal["catches", "flags"]
    share: float

    @property
    def words(self) -> str:
        """The goal as people write it."""
        return f"{self.tier} {self.what} {'at most ' if self.what == 'flags' else ''}{100 * self.share:g}%"


def parse_goal(text: str, tiers: Sequence[str]) -> Goal:
    """A goal for one of these tiers, worst first; not the best, which has no bound above it.

    Raises:
        UserError: when it is not one.
    """
    found = _GOAL.fullmatch(" ".join(text.split()))
    if found is None:
        raise UserError(f"--goal {text!r}: write it as {_FORMS}.")
    tier, share = found["tier"], float(found["number"]) / 100.0
    if tier not in tiers[:-1]:
        raise UserError(f"--goal {text!r}: {tier!r} is no tier to flag by; take one of {', '.join(tiers[:-1])}.")
    if not 0.0 < share < 1.0:
        raise UserError(f"--goal {text!r}: give a share above 0% and below 100%.")
    return Goal(tier=tier, what="catches" if found["what"] == "catches" else "flags", share=share)
