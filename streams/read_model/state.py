"""The read model as a whole: whether its parts agree, how far it is filled, when a projector was last heard of."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class ReadModelState(msgspec.Struct, frozen=True, kw_only=True):
    """One instant's view. `sizes` are the accounts in each part, by its name, -1 for a part of another type.

    `models` is how many models are kept, `lost_dictionaries` how many dictionaries for answers are missing. `held` and
    `ends` are, by partition, the offset up to which it is taken in, and up to which it must be for the read model to be
    whole. `seen_ms` is when each partition's projector was last heard of.
    """

    sizes: Mapping[str, int]
    accounts: int
    held: Mapping[int, int]
    ends: Mapping[int, int]
    seen_ms: Mapping[int, int]
    models: int = 0
    lost_dictionaries: int = 0

    @property
    def fault(self) -> str:
        """The fault, as text that follows "the read model is broken: "; "" when its parts agree.

        >>> sizes = {"answers": 0, "by_tier": 40}
        >>> ReadModelState(sizes=sizes, accounts=40, held={0: 60}, ends={}, seen_ms={}).fault
        '40 accounts are counted, and answers has 0'
        """
        strange = [name for name, size in self.sizes.items() if size < 0]
        if strange:
            return f"{', '.join(strange)} {'is' if len(strange) == 1 else 'are'} somebody else's"
        if self.lost_dictionaries:
            return f"{self.lost_dictionaries} of its dictionaries for answers are missing"
        lacking = [f"{name} has {size:,}" for name, size in self.sizes.items() if size != self.accounts]
        return f"{self.accounts:,} accounts are counted, and {', '.join(lacking)}" if lacking else ""

    @property
    def is_untouched(self) -> bool:
        """No projector has ever been here, or everything was deleted since."""
        return not self.held and not self.ends and not self.accounts

    @property
    def missing(self) -> int:
        """How many offsets are still to be taken in until the model is whole; 0 when it is."""
        return sum(max(0, end - self.held.get(partition, 0)) for partition, end in self.ends.items())

    def unheard_of_ms(self, now_ms: int) -> int:
        """For how long a projector of some partition has not been heard of; 0 when none ever was."""
        return max(0, now_ms - min(self.seen_ms.values())) if self.seen_ms else 0
