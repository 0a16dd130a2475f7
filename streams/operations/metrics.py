"""The metric catalogue: every metric of every process.

One class per process role holds all metrics of that role. Callers report facts through plain methods and never touch a
Prometheus object. Each role has its own registry, so several fit into one process. No label ever holds an account, so
the number of series does not grow with the number of accounts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics as ProcessMetrics
from streams.operations.projector_metrics import ProjectorMetrics as ProjectorMetrics
from streams.operations.prometheus import BYTES, FAST_SECONDS, SLOW_SECONDS, GaugeSet

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import Gauge


NOTHING: Mapping[str, int] = MappingProxyType({})


class WorkerMetrics(ProcessMetrics):
    """What a worker reports. Counts come in bulk: one call for many events, never one call per event."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("worker", clock)
        counter, histogram = self._counter, self._histogram
        self._events: Final = counter(
            "vitals_events_total", "Messages of the input topics, by outcome.", "topic", "outcome"
        )
        self._apply: Final = histogram("vitals_apply_seconds", "Time to apply one chunk of a batch.", FAST_SECONDS)
        self._end_to_end: Final = histogram(
            "vitals_end_to_end_seconds", "From a message's time to its acknowledged flush.", SLOW_SECONDS
        )
        self._flush: Final = histogram("vitals_flush_seconds", "Duration of a flush, all acknowledged.", SLOW_SECONDS)
        self._accounts: Final = GaugeSet("vitals_accounts", "Accounts held by this worker.", ("tier",), self.registry)
        self._standings: Final = GaugeSet(
            "vitals_standing_accounts", "Accounts without a score, by standing.", ("standing",), self.registry
        )
        self._mrr: Final = GaugeSet("vitals_mrr", "Monthly revenue of these accounts.", ("tier",), self.registry)
        self._standing_mrr: Final = GaugeSet(
            "vitals_standing_mrr", "Monthly revenue of accounts in a standing.", ("standing",), self.registry
        )
        self._total_mrr: Final = Gauge(
            "vitals_all_mrr", "Monthly revenue of all accounts held by this worker.", registry=self.registry
        )
        self._cases: Final = GaugeSet(
            "vitals_open_cases", "Alert cases that are not over.", ("rule", "status"), self.registry
        )
        self._decisions: Final = counter(
            "vitals_alert_decisions_total", "Decisions to tell somebody, or nobody.", "rule", "outcome", "reason"
        )
        self._fleet_alarm: Final = GaugeSet(
            "vitals_fleet_alarm", "Fleet alarms that are on, by what has stopped.", ("source",), self.registry
        )
        self._transitions: Final = counter(
            "vitals_transitions_total", "Changes of tier.", "from_tier", "to_tier", "cause"
        )
        self._shadow_transitions: Final = counter(
            "vitals_shadow_transitions_total",
            "Changes of tier that a shadow model would have reported.",
            "model",
            "from_tier",
            "to_tier",
        )
        self._type_mismatches: Final = counter(
            "vitals_type_mismatches_total", "Event values that a signal could not use; ignored.", "signal"
        )
        self._unusable_ids: Final = counter(
            "vitals_unusable_ids_total", "Malformed event and user ids; the event counts without them.", "field"
        )
        self._past_bounds: Final = counter(
            "vitals_past_bounds_total", "Values, items and ids not kept because an account had too many.", "of"
        )
        self._fold: Final = Gauge(
            "vitals_fold", "1 for what folds the accounts: kernel or reference.", ["fold"], registry=self.registry
        )
        self._dead_letters: Final = counter("vitals_dead_letters_total", "Unusable messages, by reason.", "reason")
        self._state_bytes: Final = histogram("vitals_state_bytes", "Size of a changelog record.", BYTES)
        self._recovery: Final = Gauge(
            "vitals_recovery_seconds", "Duration of the last state recovery.", registry=self.registry
        )
        self._recovered: Final = counter("vitals_recovered_records_total", "Changelog records read during recovery.")

    def events(self, topic: str, outcome: str, count: int = 1) -> None:
        """`outcome` is a code: applied, replayed, duplicate, expired, late, forwarded, dead_letter, …"""
        self._events.labels(topic, outcome).inc(count)

    def apply_seconds(self, seconds: float) -> None:
        """How long one chunk of a batch took to apply."""
        self._apply.observe(seconds)

    def end_to_end_seconds(self, seconds: float, count: int = 1) -> None:
        """`count` messages were `seconds` old when their flush was acknowledged."""
        self._end_to_end.observe(seconds, count)

    def flush_seconds(self, seconds: float) -> None:
        """How long a flush took, up to its last acknowledgement."""
        self._flush.observe(seconds)

    def accounts(self, count_by_tier: Mapping[str, int], count_by_standing: Mapping[str, int] = NOTHING) -> None:
        """All accounts held here by tier, and those in a standing; a tier or a standing that is not named has none."""
        self._standings.replace({(standing,): float(count) for standing, count in count_by_standing.items()})
        self._accounts.replace({(_tier(tier),): float(count) for tier, count in count_by_tier.items()})

    def mrr_cents(self, by_tier: Mapping[str, int], by_standing: Mapping[str, int], total: int) -> None:
        """The monthly revenue of all accounts held here, in cents; tier "" is of those without a score."""
        self._mrr.replace({(_tier(tier),): cents / 100 for tier, cents in by_tier.items()})
        self._standing_mrr.replace({(standing,): cents / 100 for standing, cents in by_standing.items()})
        self._total_mrr.set(total / 100)

    def open_cases(self, count_by_rule_and_status: Mapping[tuple[str, str], int]) -> None:
        """The alert cases that are not over, of all accounts held here."""
        self._cases.replace({case: float(count) for case, count in count_by_rule_and_status.items()})

    def alert_decision(self, rule: str, outcome: str, reason: str, count: int = 1) -> None:
        """`rule` is a name from the rules' file; `outcome` and `reason` are those of `AlertStep`."""
        self._decisions.labels(rule, outcome, reason).inc(count)

    def fleet_alarms(self, sources: Collection[str]) -> None:
        """The topics and sources whose alarm is on, or "fleet"."""
        self._fleet_alarm.replace({(source,): 1.0 for source in sources})

    def transition(self, from_tier: str, to_tier: str, cause: str, count: int = 1) -> None:
        """`cause` is `Cause.kind`."""
        self._transitions.labels(_tier(from_tier), _tier(to_tier), cause).inc(count)

    def shadow_transition(self, model: str, from_tier: str, to_tier: str, count: int = 1) -> None:
        """`model` is "name@version"."""
        self._shadow_transitions.labels(model, _tier(from_tier), _tier(to_tier)).inc(count)

    def type_mismatches(self, signal: str, count: int) -> None:
        """`count` events had a value that `signal`, a name from the model, could not use."""
        self._type_mismatches.labels(signal).inc(count)

    def unusable_ids(self, field: str, count: int) -> None:
        """`count` events had a malformed id in `field`: "id" or "user_id"."""
        self._unusable_ids.labels(field).inc(count)

    def past_bounds(self, of: str, count: int) -> None:
        """`count` were not kept; `of` is values, items or ids."""
        self._past_bounds.labels(of).inc(count)

    def fold(self, name: str) -> None:
        """What folds the accounts: "kernel", or "reference" and the reason, which is left out."""
        self._fold.labels(name.partition(":")[0]).set(1)

    def dead_letter(self, reason: str, count: int = 1) -> None:
        """`reason` is a code from a small closed set, never text taken from the message."""
        self._dead_letters.labels(reason).inc(count)

    def state_bytes(self, size: int, count: int = 1) -> None:
        """`count` changelog records of `size` bytes were written."""
        self._state_bytes.observe(size, count)

    def recovery_seconds(self, seconds: float) -> None:
        """How long the last recovery took."""
        self._recovery.set(seconds)

    def recovered_records(self, count: int) -> None:
        """`count` more changelog records were read back."""
        self._recovered.inc(count)


class NotifierMetrics(ProcessMetrics):
    """What the notifier reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("notifier", clock)
        self._notifications: Final = self._counter(
            "vitals_notifications_total", "Alert steps on their routes, and attempts, by outcome.", "outcome"
        )
        self._delivery: Final = self._histogram(
            "vitals_delivery_seconds", "Time until a sink accepted a message.", SLOW_SECONDS
        )
        self._held: Final = Gauge(
            "vitals_sink_held_since_timestamp_seconds",
            "Since when a sink accepts nothing until someone fixes it; 0 if it works.",
            ("sink",),
            registry=self.registry,
        )
        self._lag_of_lane: Final = Gauge(
            "vitals_sink_lag_messages",
            "Messages that a route to a sink has not looked at yet.",
            ("route", "sink"),
            registry=self.registry,
        )
        self._gathering: Final = Gauge(
            "vitals_gathering_steps",
            "Steps that wait on a route to a sink for one message about them.",
            ("route", "sink"),
            registry=self.registry,
        )
        self._failures: Final = self._counter(
            "vitals_delivery_failures_total", "Failed attempts to deliver, by reason.", "sink", "reason"
        )
        self._gathered: Final = self._counter(
            "vitals_gathered_messages_total", "Delivered messages about many steps, by what gathered them.", "why"
        )

        self._canary_seen: Final = Gauge(
            "vitals_canary_last_seen_timestamp_seconds",
            "When the canary of a partition last came through, or was first expected.",
            ("partition",),
            registry=self.registry,
        )
        self._canary: Final = self._histogram(
            "vitals_canary_seconds", "From the canary's message to its resolved case.", SLOW_SECONDS
        )

    def canary_expected(self, partition: int, since_seconds: float) -> None:
        """Canaries of a partition are expected from the Unix time `since_seconds` on."""
        self._canary_seen.labels(str(partition)).set(since_seconds)

    def canary_seen(self, partition: int, at_seconds: float, seconds: float) -> None:
        """A canary came through at the Unix time `at_seconds`, `seconds` after it was sent."""
        self._canary_seen.labels(str(partition)).set(at_seconds)
        self._canary.observe(seconds)

    def held(self, sink: str, since_seconds: float) -> None:
        """`sink` has accepted nothing since the Unix time `since_seconds`; 0.0 if it works."""
        self._held.labels(sink).set(since_seconds)

    def lane(self, route: str, sink: str, lag: int, gathering: int) -> None:
        """How many messages a route to a sink has not looked at yet, and how many steps it gathers. Without a route or
        a sink the label is "none"."""
        self._lag_of_lane.labels(route or "none", sink or "none").set(lag)
        self._gathering.labels(route or "none", sink or "none").set(gathering)

    def failed(self, sink: str, reason: str) -> None:
        """An attempt to deliver failed; `reason` is a code: auth, rate_limited, server, timeout, …"""
        self._failures.labels(sink, reason).inc()

    def gathered(self, why: str) -> None:
        """One message about many steps was delivered; `why` is a code: digest, storm, …"""
        self._gathered.labels(why).inc()

    def lost(self, topic: str, count: int) -> None:
        """`count` notifications were deleted before they were delivered."""
        super().lost(topic, count)
        self._notifications.labels("expired").inc(count)

    def notification(self, outcome: str, count: int = 1) -> None:
        """`outcome` is a code: delivered, duplicate, refused, held, …"""
        self._notifications.labels(outcome).inc(count)

    def delivery_seconds(self, seconds: float) -> None:
        """How long one delivery took, retries included."""
        self._delivery.observe(seconds)


class VerifierMetrics(ProcessMetrics):
    """What the verifier reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("verifier", clock)
        self._checked: Final = self._counter("vitals_oracle_checked_total", "Accounts compared with the oracle.")
        self._mismatches: Final = self._counter(
            "vitals_oracle_mismatches_total", "Values that differ from the oracle's."
        )
        self._skipped: Final = self._counter(
            "vitals_oracle_skipped_total", "Accounts that could not be checked, by reason.", "reason"
        )

    def verified(self, checked: int, mismatches: int, skipped: Mapping[str, int]) -> None:
        """One round of verification; `skipped` is by reason, a code from a small closed set."""
        self._checked.inc(checked)
        self._mismatches.inc(mismatches)
        for reason, count in skipped.items():
            self._skipped.labels(reason).inc(count)


def _tier(tier: str) -> str:
    """The tier as a label: "none" for an account that cannot be judged. Prometheus drops a label with the value ""."""
    return tier or "none"
