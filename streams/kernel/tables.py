"""Tables: a compiled plan as bytes, from which the kernel is made. `native/plan/plan_of.c` reads them in this order."""

from __future__ import annotations

from math import nan

from scoring.plan.evaluation import TriggeredRule, Weights
from scoring.plan.plan import Plan
from scoring.plan.score_plan import ScorePlan
from scoring.plan.signals.duration import ItemTimes
from scoring.state.daily_totals import DailyTotals
from scoring.state.open_items import KeptItems, OpenItems
from scoring.state.series import Edge, Series
from streams.kernel.component_tables import Entries, write_component
from streams.kernel.condition_tables import write_conditions
from streams.kernel.signal_tables import write_signal
from streams.kernel.table_writer import NotInKernel, TableWriter

VERSION = 2
"""Goes up with every change of the layout, here and in `native/plan/plan_of.c`."""


def tables_of(plan: Plan) -> bytes:
    """The tables of a plan.

    Raises:
        NotInKernel: when a model asks for something that the kernel cannot do.
    """
    tables = TableWriter()
    tables.whole(VERSION)
    _write_time(tables, plan)
    tables.each(plan.count_series, lambda series: _write_series(tables, series, plan.alikes))
    tables.each(plan.value_series, lambda series: _write_series(tables, series, set()))
    tables.whole(plan.count_windows, plan.value_windows, len(plan.edges))
    _write_daily(tables, plan)
    for masks in (plan.latest_value_dependents, plan.latest_at_dependents, plan.first_at_dependents):
        tables.masks(masks)
    tables.masks(plan.tally_dependents)
    tables.each(plan.open_items, lambda items: _write_items(tables, items, plan.open_items_dependents[items.number]))
    norm = {name: number for number, name in enumerate(plan.norm_signals)}
    tables.whole(len(norm))
    tables.each(plan.score_plans, lambda score_plan: _write_score_plan(tables, score_plan, norm))
    _write_pieces(tables, plan)
    return tables.bytes()


def _write_pieces(tables: TableWriter, plan: Plan) -> None:
    """The pieces of state of each kind, ascending by identity."""
    items = (*(each.identity for each in plan.open_items), *(each.identity for each in plan.tallies))
    for identities in (
        *(plan.latest_value_slots, plan.latest_at_slots, plan.first_at_slots),
        [series.identity for series in plan.count_series],
        [series.identity for series in plan.value_series],
        [daily.identity for daily in plan.daily_totals],
        items,
    ):
        tables.whole(len(identities))
        for identity, place in sorted((identity, place) for place, identity in enumerate(identities)):
            tables.word(identity)
            tables.whole(place)


def _write_time(tables: TableWriter, plan: Plan) -> None:
    tables.whole(plan.resolution_ms, plan.buckets_a_day, plan.dedupe_span, plan.span)
    tables.whole(plan.totals_reach, plan.totals_span, plan.pause_ms, plan.steps_daily)
    for mask in (plan.time_dependents, plan.age_dependents, plan.day_dependents):
        tables.bits(mask)
    for numbers in (plan.age_marks, plan.day_marks, plan.silence_slots, plan.day_silence_slots, plan.instant_slots):
        tables.wholes(numbers)


def _write_series(tables: TableWriter, series: Series, alikes: set[int]) -> None:
    def write_window(window: tuple[int, int, int, int]) -> None:
        tables.whole(*window[:3])
        tables.bits(window[3])

    def write_edge(edge: Edge) -> None:
        tables.whole(edge.number, edge.offset)
        tables.wholes(edge.gains)
        tables.wholes(edge.losses)
        tables.bits(edge.dependents)

    tables.whole(series.span, series.number in alikes)
    tables.each(series.windows, write_window)
    tables.each(series.edges, write_edge)


def _write_daily(tables: TableWriter, plan: Plan) -> None:
    def write(daily: DailyTotals) -> None:
        number = daily.number
        tables.whole(daily.reach, daily.lag, daily.steps_daily)
        for readers in (daily.peaks, daily.windows, daily.gaps, daily.latest):
            tables.wholes([each.number for each in readers])
        tables.bits(plan.totals_dependents[number])
        tables.bits(plan.past_dependents[number])
        tables.bits(plan.use_days_dependents[number])

    tables.each(plan.daily_totals, write)
    readers = plan.daily_readers
    tables.each(readers.peaks, lambda peak: tables.whole(peak.daily.number, peak.window, peak.within))
    tables.each(
        readers.windows,
        lambda each: tables.whole(
            *(each.totals, each.window, each.newest, each.oldest, each.steps, each.counts_days, each.is_of_all)
        ),
    )
    for days in (readers.gaps, readers.latest):
        tables.each(days, lambda each: tables.whole(each.totals, each.nth, each.within))  # type: ignore[attr-defined]


def _write_items(tables: TableWriter, items: KeptItems, dependents: int) -> None:
    window = within_ms = 0
    steps_daily = isinstance(items, OpenItems) and items.steps_daily
    if isinstance(items, ItemTimes):
        window, within_ms = items.window, items.within_ms
    elif not isinstance(items, OpenItems):
        raise NotInKernel(f"the kernel has no items like {type(items).__name__}")
    tables.whole(isinstance(items, ItemTimes), steps_daily, items.span, window, within_ms)
    tables.bits(dependents)


def _write_score_plan(tables: TableWriter, plan: ScorePlan, norm: dict[str, int]) -> None:
    header = plan.model.header
    numbers = {id(signal): number for number, signal in enumerate(plan.signals.values())}
    entries = Entries(numbers, norm)
    tables.each(plan.signals.values(), lambda signal: write_signal(tables, signal, numbers))
    tables.each(plan.components, lambda component: write_component(tables, component, entries))
    tables.wholes(plan.order)
    _write_weights(tables, plan.own, entries)
    tables.each(plan.profiles, lambda weights: _write_weights(tables, weights, entries))
    tables.each(plan.rules, lambda rule: _write_rule(tables, rule, entries))
    tables.each(plan.standings, lambda standing: write_conditions(tables, standing.when, numbers))
    tables.each(plan.watches, lambda watch: write_conditions(tables, watch.when, numbers))
    tables.whole(len(plan.sources) + len(plan.compared))
    for source in plan.sources.values():
        tables.whole(source.slot, -1, norm[source.norm_name])
    for name, signal in plan.compared.items():
        tables.whole(-1, numbers[id(signal)], norm[name])
    tables.reals([tier.lower for tier in plan.model.tiers])
    for mask in (plan.conditions_bit, plan.mask, plan.norm_dependents):
        tables.bits(mask)
    tables.whole(plan.adds_up, plan.has_conditions, plan.weighing is not None)
    tables.real(header.neutral, header.neutral_weight, header.emphasis, header.provisional_below)


def _write_weights(tables: TableWriter, weights: Weights, entries: Entries) -> None:
    write_conditions(tables, weights.when, entries.signals)
    for numbers in (weights.weights, weights.limits, weights.known):
        tables.reals(numbers)
    tables.real(weights.total)
    tables.whole(weights.provisional)


def _write_rule(tables: TableWriter, rule: TriggeredRule, entries: Entries) -> None:
    write_conditions(tables, rule.when, entries.signals)
    tables.real(nan if rule.to is None else rule.to)
