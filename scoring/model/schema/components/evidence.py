"""How much of its weight a judgement has: the key `evidence` of components."""

from __future__ import annotations

import msgspec

from scoring.model.rule_checks import ModelRuleError
from scoring.model.schema.signals.base import SignalContext, check_number


class EvidenceFactor(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, rename={"from_": "from"}
):
    """One factor, from 0 to 1, by a signal x: x / (x + `half`), or `fade` / (`fade` + x), or the way of x `from` one
    number `to` a greater one. An x below 0 counts as 0 in the first two; an unknown one makes 0 in all."""

    signal: str
    half: float | None = None
    fade: float | None = None
    from_: float | None = None
    to: float | None = None

    def check(self, model: SignalContext, key: str) -> None:
        """Check the signal, and that it has exactly one way to count.

        Raises:
            ModelRuleError: when it breaks a rule.
        """
        check_number(model.signals, f"{key}.signal", self.signal)
        has_way = self.from_ is not None or self.to is not None
        if (self.half is not None) + (self.fade is not None) + has_way != 1:
            words = "give exactly one of half, fade, and from with to, like { signal = 'weeks', half = 4 }"
            raise ModelRuleError(key, words)
        for field, number in (("half", self.half), ("fade", self.fade)):
            if number is not None and number <= 0:
                raise ModelRuleError(f"{key}.{field}", f"{number:g} must be above 0; it is the x that makes one half")
        if not has_way:
            return
        if self.from_ is None or self.to is None:
            missing = "from" if self.from_ is None else "to"
            raise ModelRuleError(key, f"{missing} is missing: evidence grows from 0 at from to 1 at to; add it")
        if self.from_ >= self.to:
            words = f"{self.from_:g} must be below to, {self.to:g}; for evidence that shrinks, write fade"
            raise ModelRuleError(f"{key}.from", words)

    def text(self) -> str:
        """
        >>> EvidenceFactor(signal="weeks", half=4).text(), EvidenceFactor(signal="age", from_=7, to=28).text()
        ('weeks / (weeks + 4)', 'age from 7 to 28')
        """
        if self.half is not None:
            return f"{self.signal} / ({self.signal} + {self.half:g})"
        if self.fade is not None:
            return f"{self.fade:g} / ({self.fade:g} + {self.signal})"
        return f"{self.signal} from {self.from_ or 0:g} to {self.to or 0:g}"
