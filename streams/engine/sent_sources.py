"""Which sources of the models some account of a partition ever sent: the partition's part of what a norm says of them.

Sources are sent once and for all, so most norms say the same. To collect this part no account has to be visited, once
all accounts have been since the partition was restored.
"""

from __future__ import annotations

from collections.abc import Mapping

from scoring.explain.reading import Reading
from scoring.plan.plan import Plan


class SentSources:
    """Mutable; owned by a `Scorer`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._unsent = dict(plan.norms.sources)
        """The sources that no account here has sent, as far as is known, nor any other by the norm."""
        self._news: set[str] = set()
        """Those that an account here has sent, and the norm does not have."""
        self._has_visited_all = False

    def note(self, account: Reading) -> None:
        """Note what an account has sent."""
        if not self._unsent:
            return
        latest_at = account.latest_at
        for name, source in list(self._unsent.items()):
            if latest_at[source.slot] >= 0:
                del self._unsent[name]
                self._news.add(name)

    def take_norm(self, norm: Mapping[str, float]) -> None:
        """Note what any account has sent, by a norm."""
        self._news = {name for name in self._news if not norm.get(name)}
        self._unsent = {name: source for name, source in self._unsent.items() if not norm.get(name)}

    def visited_all(self, part: Mapping[str, float]) -> None:
        """Note the values of all accounts, which were just visited."""
        self._has_visited_all = True
        for name in [name for name in self._unsent if part.get(name)]:
            del self._unsent[name]
            self._news.add(name)

    @property
    def unsent_slots(self) -> tuple[int, ...]:
        """The slots of the sources that no account has sent, as far as is known."""
        return tuple([source.slot for source in self._unsent.values()])

    @property
    def has_news(self) -> bool:
        """Whether a new norm would say more than the present one."""
        return bool(self._news)

    @property
    def must_visit_all(self) -> bool:
        """Whether some account that was not decoded since the restore may have sent what the norm does not have."""
        return bool(self._unsent) and not self._has_visited_all

    def part(self) -> dict[str, float]:
        """The partition's values of a norm."""
        return {name: 0.0 if name in self._unsent else 1.0 for name in self._plan.norms.sources}
