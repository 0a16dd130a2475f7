"""The state of a partition, and the steps that its handlers have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules, Header
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.dead_letter import DeadLetter
from streams.engine.flush import Forward, Pair, Prepared
from streams.engine.folds.choice import fold_of
from streams.engine.folds.fold import Fold
from streams.engine.folds.id_prints import FIXED_KEY
from streams.engine.folds.native_loop import native_loop_of
from streams.engine.forecast_queue import ForecastQueue
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.matter import Matter
from streams.engine.matters.table import MATTERS
from streams.engine.norms import Norms
from streams.engine.partition.accounts import Accounts
from streams.engine.partition.arrival_counts import ArrivalCounts
from streams.engine.partition.flush_numbers import FlushNumbers
from streams.engine.partition.forgotten import ForgottenAccounts
from streams.engine.partition.idle_accounts import IdleAccounts
from streams.engine.partition.outages import Outages
from streams.engine.partition.pending_writes import PendingWrites
from streams.engine.partition.timers import Timers
from streams.engine.scorer import Scorer
from streams.engine.stored_account import StoredAccount
from streams.message import Message, dead_letter_of
from streams.topics import TOPICS

SETTLE_MS = DAY_MS
"""Under the wall clock, an account's transitions are not notified for this long after its first event: its past may
still be arriving, in any order, and a score from a few hours of events says little. Under the event clock each event is
judged at its own time."""


class PartitionState:
    """The state of one partition. Mutable; owned by one event loop."""

    def __init__(
        self,
        number: int,
        partitions: int,
        plan: Plan,
        clock: ClockKind,
        epoch: int,
        settle_ms: int = SETTLE_MS,
        policy: Policy | None = None,
        id_key: bytes = FIXED_KEY,
        fold: Fold | None = None,
    ) -> None:
        """`settle_ms`: see `SETTLE_MS`. `policy` has the alert rules, whose watches must be those of `plan`; with None
        no account gets cases. `id_key` is the key of a new partition: one that is restored keeps its own. `fold` is
        over `plan`, and of this partition alone; with None the kernel is taken where it can be."""
        self.fold = fold or fold_of(plan)
        self.fold.use_id_key(id_key)
        self.gives_cases = policy is not None
        self.policy = policy or Policy(AlertRules(header=Header(name="none"), rules={}, routes={}), plan.model.tiers)
        self.settle_ms = settle_ms
        self.id_key = id_key
        """The key of the fingerprints of event ids."""
        self.id_key_epoch = epoch
        """The epoch under which it was drawn."""
        self.number = number
        self.partitions = partitions
        self.plan = plan
        self.clock = clock
        self.epoch = epoch
        self.loop = native_loop_of(self.fold, policy, is_event_clock=clock == "event")
        """Takes messages natively; None where the fold cannot."""
        self.accounts = Accounts()
        self.as_of_ms = 0
        """The partition's time. Each account was judged at this instant, or at that of a later event."""
        self.scorer = Scorer(number, self.fold, self.policy)
        self.norms = Norms(partitions)
        self.outages = Outages(plan)
        self.arrivals = ArrivalCounts(number, plan)
        self.pending = PendingWrites()
        self.forgotten = ForgottenAccounts()
        self.timers = Timers()
        self.forecasts = ForecastQueue(self.fold)
        self.applied_offsets = [-1] * len(TOPICS)
        self.taken = [-1] * len(TOPICS)
        """The last offsets applied since the state was restored: only these may be committed. Messages between the last
        commit and the applied offsets are read again, and their dead letters and forwards are sent again."""
        self.idle = IdleAccounts()
        """Written accounts, which are dehydrated once they are idle."""
        self.topic_ids: dict[str, str] = {}
        """The ids of the topics that the state is made from, by logical name. `adopt_topics` sets them."""
        self.restored_to = 0
        """Where the changelog ended when the partition was restored from it."""
        self.has_record = False
        """Whether the partition's own record was found when it was restored."""
        self.must_write_record = False
        """Whether to write the partition's own record even without accounts: a walk began or ended, or a replaced
        writer wrote after us."""
        self._begin_outputs()

    def _begin_outputs(self) -> None:
        """What waits for a flush, and what is counted until the next report."""
        self.flush_requested = False
        """Whether to flush now rather than at the next second: a control message or the end of a walk waits."""
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """Messages by (topic, outcome) since the last report."""
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        """Alert steps by (rule, outcome, reason) since the last report."""
        self.dead_letters: list[DeadLetter] = []
        self.forwards: list[Forward] = []
        self.controls: list[tuple[int, bytes]] = []
        self.prepared = Prepared()
        """The prepared parts of the next flush."""
        self.flushes = FlushNumbers()
        self.epoch_marker: list[list[Pair]] = []
        """The partition's record as restored, under the new epoch. The first flush begins with it, so that it outranks
        a stale writer's record, which may arrive later and does not match our accounts."""

    @property
    def outage(self) -> str:
        """The id of the fleet alarm that is on, "" for none; while `is_outage_over`, of the one that ended."""
        return self.outages.outage

    @property
    def is_outage_over(self) -> bool:
        """Whether the account that is judged now is visited because the last fleet alarm ended."""
        return self.outages.is_outage_over

    @property
    def rules(self) -> str:
        """The identity of the alert rules, "" without any."""
        return self.policy.identity if self.gives_cases else ""

    @property
    def is_backpressured(self) -> bool:
        """Whether a flush must come before anything more is applied. If so, requests it."""
        is_full = self.pending.is_full or self.forgotten.awaits_flush
        if is_full:
            self.flush_requested = True
        return is_full

    def note_offset(self, topic_index: int, offset: int) -> None:
        """Note that the message at this offset of a topic was applied."""
        self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], offset)
        self.taken[topic_index] = offset

    def enter(self, stored: StoredAccount) -> None:
        """Let events change the account natively from now on, if they can. Call when it was changed."""
        if self.loop is not None:
            self.loop.enter(stored, may_be_warming=bool(self.scorer.warmup.warming_signals))

    def set_timer(self, stored: StoredAccount) -> None:
        """Set the account's timer to the next instant at which it changes without an event."""
        self.timers.set(stored, stored.due_at_ms(self.fold))

    def new_matter(self, account_id: str, name: str) -> Matter:
        """A matter that begins, of this kind. Of an account that was forgotten, the numbers go on where they were."""
        matter = MATTERS[name].new()
        if isinstance(matter, CasesMatter) and (gone := self.forgotten.of(account_id)) is not None:
            matter.count_on(gone.steps, gone.cases)
        return matter

    def reject(self, topic: str, message: Message, reason: str, words: str) -> None:
        """Turn an unusable message into a dead letter."""
        self.outcomes[topic, f"dead_letter:{reason}"] += 1
        self.dead_letters.append(dead_letter_of(topic, self.number, message, reason, words))

    def send_control(self, messages: Iterable[tuple[int, bytes]]) -> None:
        """Send control messages, each to a partition, with the next flush."""
        self.controls.extend(messages)
        self.flush_requested = True
