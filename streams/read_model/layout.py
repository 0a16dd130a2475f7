"""The names of all keys of the read model in Redis, those that `streams.activity` fills included.

Every key of a deployment begins with `Settings.redis_prefix`, so all are in one slot of a cluster. Then comes the
layout; then, for all but the pointer and the hold, the number of a generation. One generation serves: the pointer has
its number, no pointer means generation 0. `vitals rebuild` fills another one beside it, and moves the pointer.

A script that writes begins with `streams.read_model.scripts.GUARD`, and is given `Keys.guards` and `Keys.meant`. When
it returns `SWITCHED`, its writer must read the pointer again, and its progress in the generation that serves now.
"""

from __future__ import annotations

import msgspec

from streams.deployment.settings import Settings

# Change it when the layout or the meaning of what is kept changes: the projector then fills the new keys by itself.
LAYOUT = "v5"
SWITCHED = -2
"""The first number that a script returns for a generation that does not serve any more."""
HELD_UP = -3
"""The first number that a script returns while another generation is about to serve: try again soon."""

SCORE_KEYS = (
    *("answers", "histories", "movements", "by_tier", "tiers"),
    *("progress", "models", "dictionaries", "changes"),
)
"""What the projector fills from `scores`, `history` and `models`; see `streams.read_model.scripts`."""
ACTIVITY_KEYS = (
    *("activity", "activity_progress", "cases", "account_cases", "transitions", "cases_progress"),
    *("open_cases", "decisions", "decision_bodies"),
)
"""What the loops of `streams.activity` fill, each with a progress of its own beside its data."""
NAMES = (*SCORE_KEYS, *ACTIVITY_KEYS)


class Keys(msgspec.Struct, frozen=True):
    """The keys of one generation.

    >>> keys = Keys("vitals:{acme}:v5:", 3)
    >>> keys.key("answers"), keys.pointer
    ('vitals:{acme}:v5:3:answers', 'vitals:{acme}:v5:serving')
    """

    root: str
    generation: int = 0
    is_serving: bool = True
    """False while `vitals rebuild` fills it: no pointer leads to it, and no script checks that one does."""

    @property
    def pointer(self) -> str:
        """Holds the number of the generation that serves."""
        return f"{self.root}serving"

    @property
    def hold(self) -> str:
        """While it exists, which is for some seconds at most, nobody writes to the generation that serves."""
        return f"{self.root}hold"

    @property
    def guards(self) -> tuple[str, str]:
        """The first two keys of a script that begins with `streams.read_model.scripts.GUARD`."""
        return (self.pointer, self.hold) if self.is_serving else (self.key("unset"), self.key("unset"))

    @property
    def meant(self) -> str:
        """The first argument of such a script."""
        return str(self.generation) if self.is_serving else "0"

    def key(self, name: str) -> str:
        """The key of one of `NAMES`."""
        return f"{self.root}{self.generation}:{name}"

    def all(self) -> tuple[str, ...]:
        """The keys of all `NAMES`, in their order."""
        return tuple(map(self.key, NAMES))

    def of(self, generation: int) -> Keys:
        """The keys of another generation, as one that serves."""
        return Keys(self.root, generation)

    def next(self) -> Keys:
        """The generation after this one, which does not serve yet."""
        return Keys(self.root, self.generation + 1, is_serving=False)


def root_of(settings: Settings) -> str:
    """What every key of this layout begins with."""
    return f"{settings.redis_prefix}{LAYOUT}:"
