"""Moves the counts of partitions into the metrics: each count is reported once, then cleared."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.plan.plan import Plan
from streams.engine.flush import Flush
from streams.engine.partition.partition import Partition
from streams.engine.ports import EngineMetrics

DEAD_LETTER = "dead_letter:"


def report_counts(metrics: EngineMetrics, plan: Plan, partitions: Iterable[Partition]) -> None:
    """Report the counts since the last call, and the current number of accounts by tier and standing."""
    names = plan.primary.tier_names
    accounts, mrr = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
    standings = dict.fromkeys((standing.name for standing in plan.primary.standings), 0)
    for partition in partitions:
        _report_partition(metrics, partition)
        for tier, name in enumerate(names):
            accounts[name] += partition.scorer.tier_accounts[tier]
            mrr[name] += partition.scorer.tier_mrr[tier]
        for number, standing in enumerate(plan.primary.standings):
            standings[standing.name] += partition.scorer.standing_accounts[number]
    metrics.accounts(accounts, mrr, standings)
    for mismatch, count in plan.type_mismatches.items():
        metrics.type_mismatches(mismatch.signal, count)
    plan.type_mismatches.clear()
    for field, count in plan.decoder.unusable.items():
        metrics.unusable_ids(field, count)
    plan.decoder.unusable.clear()
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


def _report_partition(metrics: EngineMetrics, partition: Partition) -> None:
    for (topic, outcome), count in partition.outcomes.items():
        if outcome.startswith(DEAD_LETTER):
            metrics.dead_letter(outcome.removeprefix(DEAD_LETTER), count)
        metrics.events(topic, outcome.split(":")[0], count)
    partition.outcomes.clear()
    scorer = partition.scorer
    for (from_tier, to_tier, cause), count in scorer.transitions.items():
        metrics.transition(from_tier, to_tier, cause, count)
    scorer.transitions.clear()
    for (model, from_tier, to_tier), count in scorer.shadow_transitions.items():
        metrics.shadow_transition(model, from_tier, to_tier, count)
    scorer.shadow_transitions.clear()
