"""The plan: a model, and any that run in its shadow, compiled once to what an event touches and how scores are read.

`Plan` is immutable after it is made (but for `misfits`) and is shared by all accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring import components as shapes
from scoring import signals as compiled
from scoring import spec
from scoring.account import Account
from scoring.conditions import Conditions
from scoring.events import EventDecoder
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, duration_words, parse_duration
from scoring.layout import AGE, TIME, Layout, Source, signal_sources, span_words
from scoring.model import Model, ModelError
from scoring.score_plan import Component, ScorePlan
from scoring.series import FAR, Series


class Plan(Layout):
    """A compiled model. `live` is its score; `shadows` are the scores of other models, from the same account state."""

    def __init__(self, model: Model, shadows: Sequence[Model] = ()) -> None:
        models = (model, *shadows)
        for shadow in shadows:
            if (shadow.resolution_ms, shadow.header.dedupe) != (model.resolution_ms, model.header.dedupe):
                raise ModelError(
                    f"{shadow.name} version {shadow.version} cannot run beside {model.name}: both need the same "
                    "model.resolution and model.dedupe"
                )
        super().__init__(model.resolution_ms, parse_duration(model.header.dedupe), _decoder(models))
        self.model = model
        self._bits = 0
        self._touches: dict[Source, int] = {}
        self._age_marks: set[int] = set()
        self.norm_signals: dict[str, compiled.Signal] = {}
        """What the cohort norm is made of, by name: a shadow's names have its own before them."""
        self.norm_touches = 0
        """What a new norm makes stale."""
        self.views = tuple(self._compile(number, each) for number, each in enumerate(models))
        self.live, self.shadows = self.views[0], self.views[1:]
        self.kept_by = self._kept_by()
        mrr = self.live.signals.get("mrr")
        self.mrr_identity = self.last_slots[mrr.slot] if isinstance(mrr, compiled.LastSignal) else 0
        self.identity = f"{fingerprint(repr(models)):016x}"
        """The same for the same models, by their content."""
        self.window_of = {
            name: signal.window
            for name, signal in self.live.signals.items()
            if isinstance(signal, compiled.CountSignal)
        }
        """The window of each `count` signal of the live model, by the signal's name."""
        self.spans = {
            name: duration_words(parse_duration(signal.window)).removesuffix("s").replace(" ", "-")
            for name, signal in model.signals.items()
            if isinstance(signal, spec.Count)
        }
        """«30-day»: the length of each `count` signal's window in words."""
        self._finish()

    def facts(self, account: Account) -> dict[str, compiled.Fact]:
        """Every signal of the live model by name, in its order."""
        return {name: signal.fact(account) for name, signal in self.live.signals.items()}

    def norm_part(self, account: Account) -> dict[str, float]:
        """What an account brings to the cohort norm; the norm is the greatest of each over all accounts."""
        return {name: compiled.number_of(signal, account) or 0.0 for name, signal in self.norm_signals.items()}

    def next_wake(self, account: Account) -> int:
        """The first bucket after the account's cursor at which its signals may change by themselves, FAR if never."""
        wake = min(account.forget, min(account.crossings, default=FAR))
        wake = min(wake, self.next_ledger_wake(account)) if self.ledgers else wake
        wake = min(wake, self.next_age_wake(account), self.next_silence_wake(account))
        if self.registers:
            wake = min(wake, min(register.next_wake(account) for register in self.registers))
        return max(wake, account.cursor + 1)

    def next_age_wake(self, account: Account) -> int:
        """The next bucket at which the account's age passes a mark that something looks at."""
        if account.first_ms == FAR:
            return FAR
        first = account.first_ms // self.resolution_ms
        age = max(0, account.cursor - first)
        mark = FAR
        for each in self.age_marks:
            if each > age:
                mark = each
                break
        step = (age // self.buckets_a_day + 1) * self.buckets_a_day if self._steps_daily else FAR
        return first + min(mark, step)

    def next_ledger_wake(self, account: Account) -> int:
        """The next bucket at which something read from daily totals may change because a day has gone by."""
        today = account.as_of_ms // DAY_MS
        days = min((ledger.next_wake(account, today) for ledger in self.ledgers), default=FAR)
        return FAR if days >= FAR else days * self.buckets_a_day

    def next_silence_wake(self, account: Account) -> int:
        """The next bucket at which the days since some last event grow by one."""
        wake = FAR
        for slot in self._silence_slots:
            at = account.last_at[slot]
            if at >= 0:
                last = at // self.resolution_ms
                days = max(0, account.cursor - last) // self.buckets_a_day
                wake = min(wake, last + (days + 1) * self.buckets_a_day)
        return wake

    def restore(self, account: Account) -> None:
        """Work out what is not kept in records (sums, distinct values, wake) from the account's tiles and totals."""
        account.bound_tiles()
        for series in self.series:
            for window, newest, oldest, _ in series.windows:
                if series.is_counts:
                    account.sums[window] = series.total(account, newest, oldest)
                else:
                    account.refs[window] = series.refs(account, newest, oldest)
            series.restore(account)
        account.seen = {print_of_id for tile in account.tiles.values() for print_of_id in tile.seen}
        account.wake = self.next_wake(account)

    # --- compiling

    def _compile(self, number: int, model: Model) -> ScorePlan:
        signals: dict[str, compiled.Signal] = {}
        for name, signal in model.signals.items():
            if not isinstance(signal, spec.Difference):
                signals[name] = self._compile_signal(name, signal)
        for name, signal in model.signals.items():
            if isinstance(signal, spec.Difference):
                signals[name] = compiled.DifferenceSignal(
                    signal.label or name, signals[signal.of], signals[signal.minus]
                )
        signals = {name: signals[name] for name in model.signals}
        first_bit = self._bits
        numbers = {name: index for index, name in enumerate(model.components)}
        order = blend_order(model)
        components = [
            Component(
                name=name,
                label=each.label or name,
                shape=self._compile_component(model, number, each, signals, numbers),
                bit=1 << (first_bit + index),
            )
            for index, (name, each) in enumerate(model.components.items())
        ]
        plan = ScorePlan(model, number, signals, components, [numbers[name] for name in order], first_bit)
        self._bits += len(components) + 1
        for name, component in zip(model.components, components, strict=True):
            for signal_name in signals_of(model, name):
                self._note_touches(signals[signal_name], component.bit)
            shapes_within = {type(each) for each in _with_parts(model, name)}
            if shapes_within & {spec.ShareOfMax, spec.InverseShareOfMax}:
                self.norm_touches |= component.bit
            if spec.Trend in shapes_within:  # it looks at the account's age
                for source in (AGE, TIME):
                    self._touches[source] = self._touches.get(source, 0) | component.bit
        for condition in _conditions_of(model):
            self._note_touches(signals[condition.signal], plan.conditions_bit)
        return plan

    def _note_touches(self, signal: compiled.Signal, bit: int) -> None:
        for source in signal_sources(signal):
            self._touches[source] = self._touches.get(source, 0) | bit

    def _finish(self) -> None:
        touches = self._touches.get
        for series in self.count_series:
            series.touch([touches(("sum", number), 0) for number in range(self.count_windows)])
        for series in self.value_series:
            series.touch([touches(("refs", number), 0) for number in range(self.value_windows)])
        self.series: tuple[Series, ...] = (*self.count_series, *self.value_series)
        self.span = max((series.span for series in self.series), default=0)
        self.ledger_reach = max((ledger.reach for ledger in self.ledgers), default=0)
        self.touches_ledger = [touches(("ledger", number), 0) for number in range(len(self.ledgers))]
        self.touches_last = [touches(("last", number), 0) for number in range(len(self.last_slots))]
        self.touches_last_at = [touches(("last_at", number), 0) for number in range(len(self.last_at_slots))]
        self.touches_first = [touches(("first", number), 0) for number in range(len(self.first_slots))]
        self.touches_register = [touches(("register", number), 0) for number in range(len(self.registers))]
        self.touches_age, self.touches_time = touches(AGE, 0), touches(TIME, 0)
        # In buckets, rounded up: the first bucket at which an account is old enough.
        self.age_marks = sorted({-(-mark_ms // self.resolution_ms) for mark_ms in self._age_marks})
        kinds = [signal for view in self.views for signal in view.signals.values()]
        self._steps_daily = any(isinstance(signal, compiled.AgeSignal) for signal in kinds)
        self._silence_slots = sorted({signal.slot for signal in kinds if isinstance(signal, compiled.SinceLastSignal)})

    def identities_of(self, signal: compiled.Signal) -> set[int]:
        """The identities of all that a compiled signal is read from."""
        return {self.kept_by[source] for source in signal_sources(signal) if source in self.kept_by}

    def _kept_by(self) -> dict[Source, int]:
        """The identity of what each source is kept in."""
        kept: dict[Source, int] = {}
        for series in (*self.count_series, *self.value_series):
            for window, _, _, _ in series.windows:
                kept["sum" if series.is_counts else "refs", window] = series.identity
        slots = {"last": self.last_slots, "last_at": self.last_at_slots, "first": self.first_slots}
        for kind, identities in slots.items():
            kept.update({(kind, number): identity for number, identity in enumerate(identities)})
        kept.update({("ledger", ledger.number): ledger.identity for ledger in self.ledgers})
        kept.update({("register", register.number): register.identity for register in self.registers})
        return kept

    def _compile_signal(self, name: str, signal: spec.Signal) -> compiled.Signal:
        label = signal.label or name
        match signal:
            case spec.Count():
                words = span_words(signal.window, prior=signal.prior)
                return compiled.CountSignal(label, self.count_window(signal), words)
            case spec.Sum() | spec.Mean():
                words = span_words(signal.window, prior=signal.prior)
                of = self.amounts_window(signal) if isinstance(signal, spec.Mean) else None
                return compiled.SumSignal(label, self.amount_window(name, signal), words, of)
            case spec.Distinct():
                words = span_words(signal.window, prior=signal.prior)
                return compiled.DistinctSignal(label, self.value_window(signal), words)
            case spec.Last():
                return compiled.LastSignal(label, self.last_slot(name, signal))
            case spec.LastAt():
                return compiled.LastAtSignal(label, self.last_at_slot(signal))
            case spec.SinceLast():
                return compiled.SinceLastSignal(label, self.last_at_slot(signal), self.resolution_ms)
            case spec.Age():
                return compiled.AgeSignal(label, self.resolution_ms)
            case spec.Peak():
                return compiled.PeakSignal(label, self.peak(signal))
            case spec.Volatility():
                ledger = self.ledger(signal, 7 * signal.weeks + 1, steps_daily=True)
                return compiled.VolatilitySignal(label, ledger, signal.weeks)
            case spec.Season():
                window, back = parse_duration(signal.window) // DAY_MS, parse_duration(signal.back) // DAY_MS
                ledger = self.ledger(signal, window + back, steps_daily=True)
                return compiled.SeasonSignal(label, ledger, window, back)
            case spec.Open():
                return compiled.OpenSignal(label, self.register(name, signal), signal.measure)
            case spec.Reached():
                return self._compile_milestones(label, signal)
            case spec.Difference():
                raise AssertionError("differences are compiled after the signals that they are of")

    def _compile_milestones(self, label: str, signal: spec.Reached) -> compiled.MilestonesSignal:
        dues = [parse_duration(step.due) if step.due else 0 for step in signal.steps]
        self._age_marks.update(due for due in dues if due)
        steps = tuple(
            (self.first_slot(step), step.name, step.weight, due) for step, due in zip(signal.steps, dues, strict=True)
        )
        return compiled.MilestonesSignal(label, steps, self.resolution_ms)

    def _compile_component(
        self,
        model: Model,
        view: int,
        component: spec.Component,
        signals: Mapping[str, compiled.Signal],
        numbers: Mapping[str, int],
    ) -> shapes.Shape:
        shape = self._compile_shape(model, view, component, signals, numbers)
        if component.needs or component.when:
            needs = signals[component.needs] if component.needs else None
            rules = tuple(
                (Conditions((rule, *rule.and_), signals), rule.judgement, rule.words) for rule in component.when
            )
            shape = shapes.Excepted(shape, needs, rules)
        return shape

    def _compile_shape(
        self,
        model: Model,
        view: int,
        component: spec.Component,
        signals: Mapping[str, compiled.Signal],
        numbers: Mapping[str, int],
    ) -> shapes.Shape:
        if isinstance(component, spec.Blend):
            labels = {name: each.label or name for name, each in model.components.items()}
            return shapes.Blend(
                tuple((numbers[name], weight, labels[name]) for name, weight in component.parts.items())
            )
        signal = signals[component.signal]
        match component:
            case spec.ShareOfMax() | spec.InverseShareOfMax():
                name = component.signal if view == 0 else f"{model.name}@{model.version}.{component.signal}"
                self.norm_signals[name] = signal
                return shapes.ShareOfMax(name, signal, inverse=isinstance(component, spec.InverseShareOfMax))
            case spec.Capped():
                return shapes.Capped(signal, component.cap)
            case spec.VsOwnPeak():
                return shapes.VsOwnPeak(signal, signals[component.peak])
            case spec.Trend():
                history_ms = parse_duration(component.min_history)
                self._age_marks.add(history_ms)
                return shapes.Trend(
                    signal,
                    signals[component.prior],
                    fall=component.full,
                    rise=component.full if component.rise is None else component.rise,
                    flat=component.flat,
                    min_history_ms=history_ms,
                    resolution_ms=self.resolution_ms,
                )
            case spec.Ratio():
                of, key_of = (
                    signals[each] if isinstance(each, str) else each for each in (component.of, component.key_of)
                )
                key = signals[component.key] if component.key else None
                return shapes.Ratio(signal, of, key, key_of, component.emphasis)
            case spec.Linear():
                return shapes.Linear(signal, component.points, signals[component.per] if component.per else None)
            case spec.Cadence():
                lapse = 2.0 * component.due if component.lapse is None else component.lapse
                return shapes.Cadence(signal, component.due, lapse, component.never)
            case spec.Category():
                return shapes.Category(signal, component.values, component.otherwise)
            case spec.Milestones():
                if not isinstance(signal, compiled.MilestonesSignal):
                    raise ModelError(f"{component.signal}: the shape 'milestones' wants a signal of that kind")
                return shapes.Milestones(signal)


def blend_order(model: Model) -> list[str]:
    """The components' names, each blend after its parts.

    Raises:
        ModelError: when blends go in a circle.
    """
    order: list[str] = []
    under_way: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in under_way:
            circle = " ▸ ".join([*under_way[under_way.index(name) :], name])
            raise ModelError(f"components.{name}.parts: the blends go in a circle, {circle}: take one of them out")
        under_way.append(name)
        component = model.components[name]
        for part in component.parts if isinstance(component, spec.Blend) else ():
            visit(part)
        order.append(under_way.pop())

    for name in model.components:
        visit(name)
    return order


def signals_of(model: Model, component: str) -> list[str]:
    """The names of the signals that a component judges: those of a difference and of a blend's parts are among them."""
    of = model.components[component]
    named = [getattr(of, field, "") for field in ("signal", "prior", "peak", "per", "of", "key", "key_of", "needs")]
    named += [condition.signal for rule in of.when for condition in (rule, *rule.and_)]
    for part in of.parts if isinstance(of, spec.Blend) else ():
        named += signals_of(model, part)
    for name in list(named):
        if isinstance(name, str) and isinstance(difference := model.signals.get(name), spec.Difference):
            named += [difference.of, difference.minus]
    return [name for name in dict.fromkeys(named) if isinstance(name, str) and name]


def _with_parts(model: Model, component: str) -> Iterable[spec.Component]:
    of = model.components[component]
    yield of
    for part in of.parts if isinstance(of, spec.Blend) else ():
        yield from _with_parts(model, part)


def _conditions_of(model: Model) -> Iterable[spec.Condition]:
    for table in (model.profiles, model.floors, model.flags):
        for each in table.values():
            yield from each.when


def _decoder(models: Iterable[Model]) -> EventDecoder:
    """A decoder of all properties that the models name."""
    names: set[str] = set()
    minimums: dict[str, float] = {}
    for model in models:
        for signal in model.signals.values():
            match signal:
                case spec.Reached():
                    names.update(where.property for step in signal.steps for where in step.where)
                    continue
                case spec.Sum() | spec.Mean() | spec.Last():
                    names.add(signal.property)
                case spec.Distinct() if signal.of not in ("user", "event", "day"):
                    names.add(signal.of)
                case spec.Open():
                    names.update(name for name in (signal.item, signal.weigh_by) if name)
            names.update(where.property for where in getattr(signal, "where", ()))
            if isinstance(signal, spec.Last) and signal.minimum is not None:
                minimums[signal.property] = min(signal.minimum, minimums.get(signal.property, signal.minimum))
    return EventDecoder(names, minimums)
