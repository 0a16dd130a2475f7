"""Moves the counts of partitions into the metrics: each count is reported once, then cleared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scoring.plan.plan import Plan
from streams.engine.flush import Flush
from streams.engine.ledger import Case, Ledger
from streams.engine.partition.partition import Partition
from streams.engine.ports import EngineMetrics

DEAD_LETTER = "dead_letter:"


def report_counts(metrics: EngineMetrics, plan: Plan, partitions: Iterable[Partition]) -> None:
    """Report the counts since the last call, and the current number of accounts by tier and standing."""
    held = list(partitions)
    for partition in held:
        _report_partition(metrics, partition)
    _report_ledgers(metrics, plan, [partition.scorer.ledger for partition in held])
    metrics.fleet_alarms({name for partition in held for name in partition.outages.names})
    for mismatch, count in plan.type_mismatches.items():
        metrics.type_mismatches(mismatch.signal, count)
    plan.type_mismatches.clear()
    for field, count in plan.decoder.unusable.items():
        metrics.unusable_ids(field, count)
    plan.decoder.unusable.clear()
    for partition in held:
        partition.fold.note_past()
        metrics.fold(partition.fold.name)
    for of, count in plan.past.items():
        metrics.past_bounds(of, count)
    plan.past.clear()


def report_sizes(metrics: EngineMetrics, flushes: Iterable[Flush]) -> None:
    """Report the size of each written record."""
    for flush in flushes:
        for group in flush.changelog:
            for _, value in group:
                if value is not None:
                    metrics.state_bytes(len(value))


def _report_ledgers(metrics: EngineMetrics, plan: Plan, ledgers: Sequence[Ledger]) -> None:
    names = plan.primary.tier_names
    standings = [standing.name for standing in plan.primary.standings]
    metrics.accounts(
        {name: sum(ledger.tier_accounts[tier] for ledger in ledgers) for tier, name in enumerate(names)},
        {name: sum(ledger.standing_accounts[number] for ledger in ledgers) for number, name in enumerate(standings)},
    )
    tiers = {name: sum(ledger.tier_cents[tier] for ledger in ledgers) for tier, name in enumerate(names)}
    metrics.mrr_cents(
        tiers | {"": sum(ledger.unscored_cents for ledger in ledgers)},
        {name: sum(ledger.standing_cents[number] for ledger in ledgers) for number, name in enumerate(standings)},
        sum(ledger.total_cents for ledger in ledgers),
    )
    cases: Counter[Case] = Counter()
    for ledger in ledgers:
        cases.update(ledger.open_cases)
    metrics.open_cases(cases)


def _report_partition(metrics: EngineMetrics, partition: Partition) -> None:
    for (topic, outcome), count in partition.outcomes.items():
        if outcome.startswith(DEAD_LETTER):
            metrics.dead_letter(outcome.removeprefix(DEAD_LETTER), count)
        metrics.events(topic, outcome.split(":")[0], count)
    partition.outcomes.clear()
    for (rule, outcome, reason), count in partition.decisions.items():
        metrics.alert_decision(rule, outcome, reason, count)
    partition.decisions.clear()
    scorer = partition.scorer
    for (from_tier, to_tier, cause), count in scorer.transitions.items():
        metrics.transition(from_tier, to_tier, cause, count)
    scorer.transitions.clear()
    for (model, from_tier, to_tier), count in scorer.shadow_transitions.items():
        metrics.shadow_transition(model, from_tier, to_tier, count)
    scorer.shadow_transitions.clear()
