"""The decoded state of an account in a partition: its progress, its baseline, its matters."""

from __future__ import annotations

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.scored_view import NOTHING, Previous
from alerts.transition import PointsOf, baseline_of
from scoring.model.frozen import Frozen
from scoring.plan.plan import Plan
from scoring.plan.score_cache import Scores
from scoring.plan.score_plan import Evaluation
from scoring.result import Baseline, LastTransition, OpenCase, Override
from scoring.state.account import Account
from streams.changelog.ahead import NOTHING_AHEAD, Ahead
from streams.changelog.own_records import Name
from streams.changelog.record_types import AccountProgress, AlarmProgress, ShadowBaseline
from streams.engine.folds.fold import Fold
from streams.engine.matters.cases_matter import CasesMatter, TrackedSnapshot
from streams.engine.matters.frozen_matter import FrozenMatter
from streams.engine.matters.matter import Matter
from streams.engine.matters.override_matter import OverrideMatter
from streams.engine.matters.table import CASES, restored
from streams.engine.matters.table import FROZEN as FROZEN_MATTER
from streams.engine.matters.table import OVERRIDE as OVERRIDE_MATTER
from streams.topics import CONTROL_INDEX, TOPICS

REFUSED_MAX = 8
"""The maximum number of refusals that an account remembers, and of those in one flush."""


class DecodedAccount:
    """The decoded part of a `StoredAccount`. Mutable. Its fields exist from `begin` on."""

    __slots__ = (
        "_baseline",
        "account",
        "ahead",
        "alarm_progress",
        "alerts",
        "answered",
        "answered_ms",
        "applied_offsets",
        "around",
        "baseline_tier",
        "created_after_control_offset",
        "deletion_markers",
        "evaluation",
        "head_part",
        "heard",
        "judged",
        "last_transition",
        "left_over",
        "matters",
        "outbox",
        "own",
        "refused",
        "scores",
        "sequence",
        "settled_ms",
        "shadows",
        "told_override",
    )

    account: Account | None
    applied_offsets: list[int]
    """The last applied offsets, by topic."""
    created_after_control_offset: int
    """The offset of the last control message before the account was created."""
    sequence: int
    settled_ms: int
    """Under the wall clock, the instant from which its transitions are notified; 0 means always."""
    outbox: list[bytes]
    """Its notifications that are not sent yet."""
    alerts: list[bytes]
    """Its alert steps that are not sent yet."""
    refused: dict[int, str]
    """The latest control messages that were refused, by offset, with the reason."""
    alarm_progress: AlarmProgress | None
    """The fleet alarms that it was visited for; None when an earlier release wrote it."""
    answered: bytes
    """The content last sent to `scores`, without its instant and version."""
    answered_ms: int
    scores: Scores
    judged: Evaluation | None
    """The evaluation of the baseline."""
    evaluation: Evaluation | None
    """The latest evaluation since it was decoded; None without a score."""
    head_part: bytes
    """What the loop was last given of its head, b"" when that may differ now; see `head_part_of`."""
    heard: tuple[int, ...]
    """The latest event of each source of the model, -1 for none, as of the last write; see `ArrivalCounts`."""
    matters: dict[str, Matter]
    """The matters of the account, by kind."""
    told_override: Override | None
    """The override in the last baseline; `override` may have been set or ended since."""
    baseline_tier: str
    shadows: dict[str, ShadowBaseline]
    last_transition: LastTransition | None
    ahead: Ahead
    own: set[Name]
    """Its own records in the changelog."""
    left_over: list[bytes]
    """The keys of records that its last head does not need any more; their deletion markers are still to be written."""
    deletion_markers: list[bytes]
    """The keys whose last record is a deletion marker; their tombstones are still to be written."""
    _baseline: Baseline | None
    around: tuple[tuple[object, ...], tuple[bytes, bytes]] | None
    """What the bytes around baseline and matters were last made of, and these bytes; see `head_part`."""

    def begin(self, fold: Fold, account: Account) -> Account:
        """Initialize the state of an account that is new, or was just restored."""
        self.account = account
        self.scores = fold.scores(account)
        latest_at = fold.reading(account).latest_at
        self.heard = tuple([latest_at[source.slot] for source in fold.plan.primary.sources.values()])
        self.applied_offsets = [-1] * len(TOPICS)
        self.created_after_control_offset = -1
        self.sequence = self.answered_ms = self.settled_ms = 0
        self.outbox, self.alerts, self.answered, self.baseline_tier = [], [], b"", ""
        self.judged = self.evaluation = self.told_override = self.last_transition = self._baseline = None
        self.matters, self.shadows, self.refused = {}, {}, {}
        self.alarm_progress = self.around = None
        self.head_part = b""
        self.ahead = NOTHING_AHEAD
        self.own = set()
        self.left_over, self.deletion_markers = [], []
        return account

    def adopt_progress(self, progress: AccountProgress) -> None:
        """Adopt all that its head holds except its unsent notifications and alert steps."""
        self.applied_offsets, self.sequence = progress.applied_offsets, progress.sequence
        self.created_after_control_offset = progress.created_after_control_offset
        self.settled_ms, self.shadows = progress.settled_ms, progress.shadows
        self.refused, self.alarm_progress = progress.refused, progress.alarm_progress
        self._baseline, self.last_transition = progress.baseline, progress.last_transition
        self.baseline_tier = progress.baseline.tier if progress.baseline is not None else ""
        self.matters = restored(progress.matters)
        self.told_override = self.override

    def progress(self, plan: Plan, points_of: PointsOf | None = None) -> AccountProgress:
        """The part of its head that is not the account's own state. `points_of`: see `baseline`."""
        return self.progress_with(self.baseline(plan, points_of), self.snapshots())

    def tracked_cases(self) -> TrackedSnapshot | None:
        """The snapshot of its cases without what looks of others record; None when they record nothing."""
        matter = self.matters.get(CASES)
        return matter.tracked_snapshot() if isinstance(matter, CasesMatter) and self.evaluation is not None else None

    def snapshots(self) -> dict[str, bytes]:
        """Those of its matters, by kind."""
        return {name: matter.snapshot() for name, matter in self.matters.items()}

    def progress_with(self, baseline: Baseline | None, matters: dict[str, bytes]) -> AccountProgress:
        """As `progress`, with this baseline and these snapshots."""
        return AccountProgress(
            applied_offsets=self.applied_offsets,
            sequence=self.sequence,
            outbox=self.outbox,
            baseline=baseline,
            matters=matters,
            shadows=self.shadows,
            last_transition=self.last_transition,
            created_after_control_offset=self.created_after_control_offset,
            settled_ms=self.settled_ms,
            alerts=self.alerts,
            refused=self.refused,
            alarm_progress=self.alarm_progress,
        )

    def refuse(self, offset: int, why: str) -> None:
        """Note that the control message at this offset was applied by being refused."""
        self.applied_offsets[CONTROL_INDEX] = offset
        self.refused = {**self.refused, offset: why}
        if len(self.refused) > REFUSED_MAX:
            del self.refused[min(self.refused)]

    @property
    def unsent(self) -> int:
        """How many notifications and alert steps wait for the next flush."""
        return len(self.outbox) + len(self.alerts)

    @property
    def control_offset(self) -> int:
        """The last applied offset of `control`."""
        return self.applied_offsets[CONTROL_INDEX]

    @property
    def override(self) -> Override | None:
        """The score that a person has set, None when there is none."""
        matter = self.matters.get(OVERRIDE_MATTER) if self.matters else None
        return matter.override if isinstance(matter, OverrideMatter) else None

    @property
    def frozen(self) -> Frozen | None:
        """What a fleet alarm has frozen, None for nothing."""
        matter = self.matters.get(FROZEN_MATTER) if self.matters else None
        return matter.frozen if isinstance(matter, FrozenMatter) else None

    def open_cases(self, policy: Policy) -> tuple[OpenCase, ...]:
        """Its alert cases that are not over."""
        matter = self.matters.get(CASES)
        return matter.open_cases(policy) if isinstance(matter, CasesMatter) else ()

    def baseline(self, plan: Plan, points_of: PointsOf | None = None) -> Baseline | None:
        """The score and tier that the next transition is measured from; None before the first score. `points_of`: see
        `baseline_of`."""
        if self._baseline is None and self.baseline_tier:
            self._baseline = baseline_of(plan, self.judged, self.told_override, points_of)
        return self._baseline

    @property
    def previous(self) -> Previous:
        """The baseline, or what makes it when it is needed."""
        return Previous(self._baseline, self.judged, self.told_override) if self.baseline_tier else NOTHING

    def set_baseline(self, tier: str, judged: Evaluation | None) -> None:
        """Set a new baseline, with the current override."""
        self.baseline_tier, self.judged, self.told_override = tier, judged, self.override
        self._baseline = None

    def clear_baseline(self) -> None:
        """Measure the next transition from the next score: the account is in a standing, and has no score now."""
        if self.baseline_tier:
            self.set_baseline("", None)

    def forget_answer(self) -> None:
        """Send the next answer at once, even if it is the same as the last one."""
        self.answered, self.answered_ms = b"", 0
