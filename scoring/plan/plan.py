"""The plan: a model and its shadow models, compiled once to the state that events change and the scores read from it.

`Plan` is immutable after it is made (but for `type_mismatches`) and is shared by all accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring.event.event import EventDecoder
from scoring.fingerprint import fingerprint
from scoring.instants import parse_duration
from scoring.model.model import Model, ModelError
from scoring.model.references import (
    blend_order,
    conditions_of,
    named_properties,
    names_judged,
    signals_of,
    sources_of,
    with_parts,
)
from scoring.model.schema import Condition
from scoring.plan.compile_components import compile_component, compile_evidence
from scoring.plan.compile_signals import compile_signals, compile_sources
from scoring.plan.components.base import ComponentParts, Shape
from scoring.plan.evaluation import Component
from scoring.plan.event_order import EventOrder
from scoring.plan.layout import Layout
from scoring.plan.norm_signals import NormSignals
from scoring.plan.score_plan import ScorePlan
from scoring.plan.signals.base import AGE, DAY, TIME, TOTALS_SOURCES, Signal, Source
from scoring.plan.signs import compile_signs
from scoring.plan.watches import compiled_watches
from scoring.result import Fact
from scoring.state.account import Account, AccountSizes
from scoring.state.series import Series
from scoring.state.state_order import StateOrder

SHARED = ("resolution", "dedupe", "pause_max")
"""The keys of the header that a shadow must share with its model, since both read one state."""
NO_WATCHES: Mapping[str, tuple[Condition, ...]] = {}


class Plan(Layout):
    """A compiled model. `primary` is its score plan; `shadows` are those of others, over the same state."""

    def __init__(
        self,
        model: Model,
        shadows: Sequence[Model] = (),
        decoder: EventDecoder | None = None,
        watches: Mapping[str, tuple[Condition, ...]] = NO_WATCHES,
    ) -> None:
        """`decoder`, which knows all properties that the models name, is for plans that share their events. Evaluations
        name those `watches`, on the primary model's signals, that hold: no part of the plan's identity."""
        models = (model, *shadows)
        names = [(shadow.name, shadow.version) for shadow in shadows]
        for name, version in names:
            if names.count((name, version)) > 1:
                raise ModelError(f"two shadows are {name} version {version}: give one of them another version")
        for shadow in shadows:
            if any(getattr(shadow.header, key) != getattr(model.header, key) for key in SHARED):
                raise ModelError(
                    f"{shadow.name} version {shadow.version} cannot run beside {model.name}: both need the same "
                    + ", ".join(f"model.{key}" for key in SHARED)
                )
        decoder = decoder or decoder_of(models)
        order = EventOrder(model.header.order, model.signals.values(), named_properties(model), decoder)
        super().__init__(model.resolution_ms, parse_duration(model.header.dedupe), decoder, order)
        self.model = model
        self.pause_ms = parse_duration(model.header.pause_max)
        self._bits = 0
        self._dependents: dict[Source, int] = {}
        self.norms = NormSignals()
        self.norm_signals, self.norm_meanings = self.norms.all, self.norms.meanings
        self.score_plans = tuple(self._compile(number, each) for number, each in enumerate(models))
        self.primary, self.shadows = self.score_plans[0], self.score_plans[1:]
        _watch(self, watches)
        self.signs = compile_signs(self, model)
        """Of the primary model: a shadow's are never shown."""
        self.kept_by = self._kept_by()
        self.identity = f"{fingerprint(repr(models)):016x}"
        """The same for the same models, by their content."""
        self.window_of = {
            name: signal.count_window for name, signal in self.primary.signals.items() if signal.count_window >= 0
        }
        """The window of each `count` signal of the primary model, by the signal's name."""
        self.spans = {
            name: signal.count_span for name, signal in self.primary.signals.items() if signal.count_window >= 0
        }
        """Each `count` signal's window as text: "30-day", "earlier 14-day"."""
        self.sizes, self.state_order = self._sizes(), _state_order(self)
        self._finish()

    def facts(self, account: Account) -> dict[str, Fact]:
        """Every signal of the primary model by name, in its order."""
        return {name: signal.fact(account) for name, signal in self.primary.signals.items()}

    def past_bounds(self, account: Account) -> tuple[str, ...]:
        """The signals of the primary model that may be incomplete because the account exceeds a bound of its state, and
        "ids" when a repeated event may have counted twice."""
        names: list[str] = []
        if account.is_past_bounds:
            sources = self._sources_past_bounds(account)
            names = [name for name, each in self.primary.signals.items() if not sources.isdisjoint(each.sources())]
        if account.event_ids.is_full:
            names.append("ids")
        return tuple(names)

    def has_passed_bounds(self, account: Account) -> bool:
        """Whether the account exceeds a bound of its state."""
        return bool(self._sources_past_bounds(account))

    def _sources_past_bounds(self, account: Account) -> set[Source]:
        found: set[Source] = {("open_items", each.number) for each in self.open_items if each.is_past_bounds(account)}
        found |= {("tally", each.number) for each in self.tallies if each.is_past_bounds(account)}
        for series in self.value_series:
            for number, newest, oldest, _ in series.windows:
                if series.is_past_bounds(account, newest, oldest):
                    found.add(("value_counts", number))
        return found

    def norm_part(self, account: Account) -> dict[str, float]:
        """An account's values of the norm's entries. The norm is the maximum of each over all accounts."""
        return self.norms.part(self.score_plans, account)

    # --- compiling

    def _compile(self, number: int, model: Model) -> ScorePlan:
        signals = compile_signals(self, model)
        first_bit, compiled_shapes = self._bits, dict[str, Shape]()
        numbers = {name: index for index, name in enumerate(model.components)}
        prefix = f"{model.name}@{model.version}." if number else ""
        sources, compared = compile_sources(self, model, prefix), dict[str, Signal]()
        parts = ComponentParts(model, signals, sources, numbers, prefix, compared, self.norm_meanings, compiled_shapes)
        order = blend_order(model)
        for name in order:
            compiled_shapes[name] = compile_component(parts, model.components[name])
        components = [
            Component(
                name,
                each.label or name,
                compiled_shapes[name],
                1 << (first_bit + index),
                compile_evidence(parts, name, compiled_shapes[name]),
                frozenset(names_judged(model, name)),
            )
            for index, (name, each) in enumerate(model.components.items())
        ]
        plan = ScorePlan(model, number, signals, components, [numbers[name] for name in order], first_bit)
        plan.sources, plan.compared = sources, compared
        self.norms.add(plan)
        self._bits += len(components) + 1
        for name, component in zip(model.components, components, strict=True):
            for signal_name in signals_of(model, name):
                self.note_dependents(signals[signal_name], component.bit)
            for source in sources_of(model, name):
                self.note_dependents(sources[source], component.bit)
                plan.norm_dependents |= component.bit
            self._note_references(plan, name, component.bit)
        for condition in conditions_of(model):
            self.note_dependents(signals[condition.signal], plan.conditions_bit)
        return plan

    def _note_references(self, plan: ScorePlan, name: str, bit: int) -> None:
        """Register what a component depends on beside its signals: the cohort norm, the account's age."""
        for part in with_parts(plan.model, name):
            if part.USES_NORM:
                plan.norm_dependents |= bit
            if (min_history_ms := part.min_history_ms()) is not None:
                self.age_marks_ms.add(min_history_ms)
                for source in (AGE, TIME):
                    self._dependents[source] = self._dependents.get(source, 0) | bit

    def note_dependents(self, signal: Signal, bit: int) -> None:
        """Mark `bit` as stale whenever the signal may have changed. Only while the plan is compiled."""
        for source in signal.sources():
            self._dependents[source] = self._dependents.get(source, 0) | bit

    def _finish(self) -> None:
        dependents = self._dependents.get
        for series in self.count_series:
            series.set_dependents([dependents(("sum", number), 0) for number in range(self.count_windows)])
        for series in self.value_series:
            series.set_dependents([dependents(("value_counts", number), 0) for number in range(self.value_windows)])
        self.series: tuple[Series, ...] = (*self.count_series, *self.value_series)
        self.span = max((series.span for series in self.series), default=0)
        self.totals_reach = max((daily.reach for daily in self.daily_totals), default=0)
        self.totals_span = self.totals_reach * self.buckets_a_day
        self.totals_dependents, self.past_dependents, self.use_days_dependents = (
            [dependents((kind, number), 0) for number in range(len(self.daily_totals))] for kind in TOTALS_SOURCES
        )
        self.latest_value_dependents = [
            dependents(("last", number), 0) for number in range(len(self.latest_value_slots))
        ]
        self.latest_at_dependents = [dependents(("last_at", number), 0) for number in range(len(self.latest_at_slots))]
        self.first_at_dependents = [dependents(("first", number), 0) for number in range(len(self.first_at_slots))]
        self.open_items_dependents = [dependents(("open_items", number), 0) for number in range(len(self.open_items))]
        self.tally_dependents = [dependents(("tally", number), 0) for number in range(len(self.tallies))]
        self.age_dependents, self.time_dependents = dependents(AGE, 0), dependents(TIME, 0)
        self.day_dependents = dependents(DAY, 0)
        self.day_marks = sorted(self.day_marks_of_age)
        # In buckets, rounded up: the first bucket at which an account is old enough.
        self.age_marks = sorted({-(-mark_ms // self.resolution_ms) for mark_ms in self.age_marks_ms})
        self.steps_daily, self.silence_slots = self.steps_with_age, sorted(self.silences)
        self.day_silence_slots, self.instant_slots = sorted(self.day_silences), sorted(self.instants)

    def _sizes(self) -> AccountSizes:
        return AccountSizes(
            resolution_ms=self.resolution_ms,
            daily_totals=len(self.daily_totals),
            peaks=len(self.daily_readers.peaks),
            windows=len(self.daily_readers.windows),
            gaps=len(self.daily_readers.gaps),
            latest_days=len(self.daily_readers.latest),
            latest_value_slots=len(self.latest_value_slots),
            latest_at_slots=len(self.latest_at_slots),
            first_at_slots=len(self.first_at_slots),
            open_items=len(self.open_items),
            tallies=len(self.tallies),
            count_windows=self.count_windows,
            value_windows=self.value_windows,
            edges=len(self.edges),
        )

    def identities_of(self, signal: Signal) -> set[int]:
        """The identities of the state that a compiled signal reads."""
        return {self.kept_by[source] for source in signal.sources() if source in self.kept_by}

    def _kept_by(self) -> dict[Source, int]:
        """The identity of the state of each source."""
        kept: dict[Source, int] = {}
        for series in (*self.count_series, *self.value_series):
            for window, _, _, _ in series.windows:
                kept[("sum" if series.is_counts else "value_counts", window)] = series.identity
        slots = {"last": self.latest_value_slots, "last_at": self.latest_at_slots, "first": self.first_at_slots}
        for kind, identities in slots.items():
            kept.update({(kind, number): identity for number, identity in enumerate(identities)})
        for kind in TOTALS_SOURCES:
            kept.update({(kind, daily.number): daily.identity for daily in self.daily_totals})
        kept.update({("open_items", open_items.number): open_items.identity for open_items in self.open_items})
        kept.update({("tally", tally.number): tally.identity for tally in self.tallies})
        return kept


def _state_order(plan: Plan) -> StateOrder:
    return StateOrder(
        plan.latest_value_slots,
        plan.latest_at_slots,
        plan.first_at_slots,
        [series.identity for series in plan.count_series],
        [series.identity for series in plan.value_series],
        [daily.identity for daily in plan.daily_totals],
        [items.identity for items in plan.open_items],
        [tally.identity for tally in plan.tallies],
    )


def _watch(plan: Plan, watches: Mapping[str, tuple[Condition, ...]]) -> None:
    """Compile the watches. They share the bit of the model's own conditions."""
    live = plan.primary
    live.watches = compiled_watches(watches, live.signals)
    live.has_conditions = live.has_conditions or bool(watches)
    for conditions in watches.values():
        for condition in conditions:
            plan.note_dependents(live.signals[condition.signal], live.conditions_bit)


def decoder_of(models: Iterable[Model]) -> EventDecoder:
    """A decoder of all properties that the models name."""
    names: set[str] = set()
    for model in models:
        names |= named_properties(model)
    return EventDecoder(names)
