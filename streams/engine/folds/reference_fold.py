"""The fold of a partition in plain Python: `scoring`, as it is."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.event.event import Event, scoped_id
from scoring.explain.explained import Explained, ExplainedAccount
from scoring.explain.forecast import forecast_of
from scoring.explain.reading import AccountReading, Reading
from scoring.fold import fold as reference
from scoring.fold.fold import Outcome
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache, Scores
from scoring.plan.score_plan import ScorePlan
from scoring.result import Forecast
from scoring.state.account import Account
from streams.changelog import account_codec
from streams.changelog.account_codec import Decoded, Encoded
from streams.changelog.own_records import Name, living, own_records
from streams.changelog.record_types import Stored
from streams.engine.folds.fold import NOTHING_HELD, AlreadyHeld, DecodedEvent, WriteMode, Writing
from streams.engine.folds.id_prints import FIXED_KEY, id_print

_NOTHING: set[Name] = set()


class ReferenceFold:
    """`Fold` in plain Python."""

    def __init__(self, plan: Plan, why: str = "") -> None:
        """`why` it is not the kernel."""
        self.plan = plan
        self.name = f"reference: {why}" if why else "reference"
        self._id_key = FIXED_KEY

    def use_id_key(self, key: bytes) -> None:
        self._id_key = key

    def decode_event(
        self, topic: str, value: bytes | None, message_time_ms: int, now_ms: int, *, is_plain: bool
    ) -> Event:
        return self.plan.decoder.decode(topic, value, message_time_ms, now_ms)

    def event_of(self, event: DecodedEvent) -> Event:
        assert isinstance(event, Event)
        return event

    def begin(self, as_of_ms: int) -> Account:
        return Account(self.plan.sizes, as_of_ms)

    def scores(self, account: Account) -> Scores:
        return ScoreCache(self.plan.score_plans)

    def apply(
        self, account: Account, event: DecodedEvent, as_of_ms: int, *, arrived_ms: int, held: AlreadyHeld = NOTHING_HELD
    ) -> Outcome:
        whole = self.event_of(event)
        return reference.apply(
            self.plan,
            account,
            whole,
            as_of_ms,
            arrived_ms=arrived_ms,
            print_of_id=id_print(self._id_key, scoped_id(whole)) if whole.event_id else -1,
            tile_holds_it=held.tile,
            totals_hold_it=held.totals,
        )

    def advance(self, account: Account, as_of_ms: int) -> bool:
        return reference.advance(self.plan, account, as_of_ms)

    def decode(self, head: bytes, stored: Iterable[Stored]) -> Decoded:
        return account_codec.decode(self.plan, head, stored)

    def encode(self, account: Account, writing: Writing) -> Encoded:
        held = writing.held
        own = (living if writing.how is WriteMode.AT_REST else own_records)(self.plan, account, held)
        return account_codec.encode(
            self.plan,
            writing.account_id,
            account,
            writing.progress,
            writing.rank,
            writing.prefix,
            own,
            held if writing.how is WriteMode.CHANGED else _NOTHING,
        )

    def reading(self, account: Account) -> Reading:
        return AccountReading(self.plan, account)

    def standing_of(self, account: Account, score_plan: ScorePlan) -> str:
        return score_plan.standing_of(account)

    def explained(self, account: Account, scores: Scores) -> Explained:
        return ExplainedAccount(self.plan, account, _of_reference(scores))

    def norm_part(self, account: Account) -> dict[str, float]:
        return self.plan.norm_part(account)

    def forecast(self, account: Account, scores: Scores, norm: CohortNorm) -> Forecast:
        return forecast_of(self.plan, account, _of_reference(scores), norm)

    def note_past(self) -> None:
        """Its steps have added to it."""


def _of_reference(scores: Scores) -> ScoreCache:
    if not isinstance(scores, ScoreCache):
        raise AssertionError("scores of the reference's fold are made by it")
    return scores
