"""The kernel for Python: the accounts under one plan, folded natively, by number. Its answers are those of `scoring`.

Whether it is wanted is for the caller to say: `VITALS_KERNEL` is read by `streams.deployment`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from scoring.event.event import Event
from scoring.explain.counterfactuals import Adjustments
from scoring.fold.fold import Outcome
from scoring.model.frozen import Frozen
from scoring.plan.plan import Plan
from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL, Evaluation, ScorePlan
from scoring.result import Fact
from streams.kernel.effects import packed_event
from streams.kernel.table_writer import NotInKernel
from streams.kernel.tables import tables_of
from streams.kernel.tried_events import TriedEvents

if TYPE_CHECKING:
    from streams.kernel import _native

WrittenRecords = tuple[bytes | None, list[tuple[bytes, bytes]], bytes]
"""What the kernel writes of an account: the names of its own records (None: as before), those that are written by key,
and its head."""
NO_EXTENSION = "the kernel is not built: `make` builds it where there is a C compiler"


def _extension() -> type[_native.Kernel] | None:
    """The type of the extension, None where it is not built."""
    try:
        from streams.kernel._native import Kernel as Native
    except ImportError:
        return None
    return Native


_NATIVE = _extension()


def is_built() -> bool:
    """Whether the extension is there."""
    return _NATIVE is not None


class Crossing(NamedTuple):
    """A change of tier to come: the number of a fork that stands at its instant, which the caller frees, and the last
    evaluation before."""

    fork: int
    before: Evaluation


class Kernel:
    """Accounts by number. Mutable; belongs to one thread."""

    def __init__(self, plan: Plan) -> None:
        """
        Raises:
            NotInKernel: when the extension is not built, or a model asks for something that the kernel cannot do.
        """
        if _NATIVE is None:
            raise NotInKernel(NO_EXTENSION)
        self.plan = plan
        self.native = _NATIVE(tables_of(plan))
        self.places = {name: place for place, name in enumerate(plan.primary.signals)}
        """The number of each signal of the primary model."""
        self.signal_names = tuple(self.places)
        self.parts = (*plan.primary.by_name, NEUTRAL, BOUNDS, FLOOR)
        """The parts of a score."""
        self.profiles = {
            each.profile: number for number, each in enumerate((plan.primary.own, *plan.primary.profiles), -1)
        }
        """The number of each profile, -1 for the model's own weights."""
        self.adjustments = Adjustments(plan)
        self.tried = TriedEvents(plan)

    def begin(self, as_of_ms: int) -> int:
        """The number of a fresh account, judged at `as_of_ms`."""
        return self.native.begin(as_of_ms)

    def apply(self, number: int, event: Event, as_of_ms: int, *, arrived_ms: int = -1, times: int = 1) -> Outcome:
        """Apply an event, as `scoring.fold.fold.apply` does."""
        return Outcome(self.native.apply(number, packed_event(self.plan, event, times=times), as_of_ms, arrived_ms))

    def advance(self, number: int, as_of_ms: int) -> bool:
        """Advance an account's instant. Returns True when signals may have changed."""
        return self.native.advance(number, as_of_ms)

    def next_due(self, number: int) -> int:
        """The first bucket at which an account's signals may change by themselves, FAR if never."""
        return self.native.next_due(number)

    def refresh(self, number: int, score_plan: ScorePlan) -> Evaluation | None:
        """An account's evaluation, equal to that of `ScoreCache.refresh`."""
        found = self.native.refresh(number, score_plan.number)
        if found is None:
            return None
        place = score_plan.number
        return evaluation_of(
            score_plan, found, self.native.judgements(number, place), self.native.evidence(number, place)
        )

    def points(self, judged: Evaluation) -> dict[str, float]:
        """The points of an evaluation by the primary model: `ScorePlan.points`."""
        weights = judged.weights
        profile = self.profiles[weights.profile]
        return dict(
            zip(self.parts, self.native.points(judged.value, profile, judged.judgements, judged.evidence), strict=True)
        )

    def crossing(self, number: int, until_ms: int) -> Crossing | None:
        """The next change of tier of the primary model if nothing more arrives, None when there is none until then or
        the account comes into a standing before: `scoring.explain.forecast.tier_forecast_of`."""
        found = self.native.crossing(number, until_ms)
        return None if found is None else Crossing(found[0], evaluation_of(self.plan.primary, *found[1:]))

    def standing_of(self, number: int, score_plan: ScorePlan) -> str:
        """The standing that an account is in, "" for none."""
        standing = self.native.standing(number, score_plan.number)
        return "" if standing < 0 else score_plan.standings[standing].name

    def facts(self, number: int, score_plan: ScorePlan) -> dict[str, Fact]:
        """Every signal of a score plan by name, in its order."""
        return dict(zip(score_plan.signals, self.native.facts(number, score_plan.number), strict=True))

    def set_norm(self, norm: Mapping[str, float]) -> None:
        """The cohort norm of all judgements from here on."""
        self.native.set_norm(tuple([norm.get(name) for name in self.plan.norm_signals]))

    def norm_part(self, number: int) -> dict[str, float]:
        """An account's values of the norm's entries."""
        return dict(zip(self.plan.norm_signals, self.native.norm_part(number), strict=True))

    def freeze(self, number: int, frozen: Frozen) -> None:
        """From now on `frozen` stands still under the primary model, and nothing else: `ScoreCache.freeze`."""
        primary = self.plan.primary
        held = tuple([frozen.judgements.get(component.name) for component in primary.components])
        self.native.freeze(number, held, tuple([frozen.rules.get(rule.name) for rule in primary.rules]))

    def past_bounds(self, number: int) -> tuple[str, ...]:
        """What may be incomplete of an account: `Plan.past_bounds`."""
        found, is_past, ids_are_full = self.native.past_bounds(number)
        names: list[str] = []
        if is_past:
            signals = self.plan.primary.signals.items()
            names = [name for name, signal in signals if not set(found).isdisjoint(signal.sources())]
        return (*names, "ids") if ids_are_full else tuple(names)

    def past(self) -> dict[str, int]:
        """How often a bound was passed since the last call, by bound."""
        return dict(zip(("values", "items", "ids"), self.native.past(), strict=True))

    def fork(self, number: int) -> int:
        """The number of an independent copy of an account, without ids."""
        return self.native.fork(number)

    def free(self, number: int) -> None:
        """Give an account back. Its number is used again."""
        self.native.free(number)


def evaluation_of(
    score_plan: ScorePlan,
    found: _native.Evaluated,
    judgements: tuple[float | None, ...],
    evidence: tuple[float, ...],
) -> Evaluation:
    """An evaluation from its numbers. Without a `weighing`, a judgement has all evidence."""
    value, tier, coverage, is_provisional, profile, rules, watches, _ = found
    return Evaluation(
        value,
        tier,
        coverage,
        is_provisional,
        score_plan.own if profile < 0 else score_plan.profiles[profile],
        tuple([score_plan.rules[rule] for rule in rules]),
        judgements,
        (1.0,) * len(judgements) if score_plan.weighing is None else evidence,
        tuple([score_plan.watches[watch].name for watch in watches]),
    )
