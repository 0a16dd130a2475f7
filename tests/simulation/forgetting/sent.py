"""What a seed's people forget."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streams.control.messages import Forget

FIRST_SEED = 100
"""The seeds before it have none: those of the mutation check stay as they are."""
OFTEN = 0.06
"""How often somebody is forgotten or comes again, for each event."""


class Forgets:
    """The messages of a seed; every odd one from `FIRST_SEED` on has some. Without `merges` nobody is merged: what is
    sent on comes in an order of its own."""

    def __init__(self, number: int, *, merges: bool) -> None:
        self.are_sent = number >= FIRST_SEED and number % 2 == 1
        self._drawn = random.Random(f"forgets {number}")
        self._merges = merges

    def at(self, accounts: Sequence[str], instant: int) -> Forget | None:
        """A message about one of the accounts, or about somebody whom nobody knows."""
        drawn = self._drawn
        if not self.are_sent or drawn.random() >= OFTEN:
            return None
        account = drawn.choice((*accounts, "nobody")) if drawn.random() < 0.9 else "nowhere"
        which = drawn.random()
        if which < 0.4:
            return Forget(instant_ms=instant, account_id=account, author="ann", lift=True)
        into = drawn.choice(accounts) if self._merges and which < 0.6 else ""
        return Forget(instant_ms=instant, account_id=account, author="ann", reason="asked", into=into)
