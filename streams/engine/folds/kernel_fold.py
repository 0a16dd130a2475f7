"""The fold of a partition in the kernel: accounts whose state is native, and read by Python when it asks for more than
numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from scoring.event.event import Event
from scoring.explain.explained import Explained
from scoring.explain.reading import Reading
from scoring.fold.fold import Outcome
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import Scores
from scoring.plan.score_plan import ScorePlan
from scoring.result import Forecast
from scoring.state.account import Account
from streams.changelog import account_codec, opaque_part, records
from streams.changelog.account_codec import Decoded, Encoded
from streams.changelog.ahead import Ahead
from streams.changelog.flat import DamagedRecord
from streams.changelog.own_records import DAY, Name, name_of_key
from streams.changelog.record_types import Stored
from streams.engine.folds.fold import NOTHING_HELD, AlreadyHeld, DecodedEvent, Writing
from streams.engine.folds.id_prints import FIXED_KEY, id_print
from streams.engine.folds.kernel_account import ExplainedKernelAccount, KernelAccount, KernelAccounts, KernelScores
from streams.kernel.decoder import NativeDecoder
from streams.kernel.effects import TILE_HOLDS_IT, TOTALS_HOLD_IT, packed_event
from streams.kernel.forecasting import forecast_of

_INSTANT = struct.Struct("<q")


class NativeEvent(NamedTuple):
    """A message that the kernel decoded. What it is of is kept, to decode it again where the whole event is asked
    for."""

    account_id: str
    name: str
    event_id: str
    occurred_at_ms: int
    packed: bytes
    topic: str
    value: bytes
    message_time_ms: int
    now_ms: int


class KernelFold:
    """`Fold` over one kernel."""

    name = "kernel"

    def __init__(self, plan: Plan) -> None:
        """
        Raises:
            NotInKernel: when the extension is not built, or the model asks for something that the kernel cannot do.
        """
        self.plan = plan
        self.accounts = KernelAccounts(plan)
        self._native = self.accounts.native
        self.decoder = NativeDecoder(plan, FIXED_KEY)
        self._print_of_id = partial(id_print, FIXED_KEY)

    def use_id_key(self, key: bytes) -> None:
        self.decoder.native.set_key(key)
        self._print_of_id = partial(id_print, key)

    # --- events

    def decode_event(
        self, topic: str, value: bytes | None, message_time_ms: int, now_ms: int, *, is_plain: bool
    ) -> DecodedEvent:
        if is_plain and value is not None:
            found = self.decoder.decode(topic, value, message_time_ms, now_ms)
            if found is not None:
                at_ms = _INSTANT.unpack_from(found.packed)[0]
                return NativeEvent(*found[:3], at_ms, found.packed, topic, value, message_time_ms, now_ms)
        return self.plan.decoder.decode(topic, value, message_time_ms, now_ms)

    def event_of(self, event: DecodedEvent) -> Event:
        if isinstance(event, NativeEvent):
            return self.plan.decoder.decode(event.topic, event.value, event.message_time_ms, event.now_ms)
        assert isinstance(event, Event)
        return event

    def apply(
        self, account: Account, event: DecodedEvent, as_of_ms: int, *, arrived_ms: int, held: AlreadyHeld = NOTHING_HELD
    ) -> Outcome:
        native = _of_kernel(account)
        native.forget_exported()
        if isinstance(event, NativeEvent) and held is NOTHING_HELD:
            packed = event.packed
        else:
            flags = TILE_HOLDS_IT * held.tile | TOTALS_HOLD_IT * held.totals
            packed = packed_event(self.plan, self.event_of(event), flags=flags, print_of_id=self._print_of_id)
        return Outcome(self._native.apply(native.number, packed, as_of_ms, arrived_ms))

    # --- accounts

    def begin(self, as_of_ms: int) -> Account:
        return KernelAccount(self.accounts, self._native.begin(as_of_ms))

    def scores(self, account: Account) -> Scores:
        return KernelScores(self.accounts, _of_kernel(account))

    def advance(self, account: Account, as_of_ms: int) -> bool:
        native = _of_kernel(account)
        native.forget_exported()
        return self.accounts.kernel.advance(native.number, as_of_ms)

    # --- records

    def decode(self, head: bytes, stored: Iterable[Stored]) -> Decoded:
        opaque, reader = records.split_head(head)
        number, offsets, names = _checked(self._native.read, head[: reader.end], reader.at)
        account = KernelAccount(self.accounts, number)
        applied_offsets = list(offsets)
        own: set[Name] = set()
        unnamed: list[bytes] = []
        ahead, named = Ahead(applied_offsets), account_codec.names_of(names)
        for key, value in stored:
            name = name_of_key(records.parse_key(key))
            if name not in named:
                unnamed.append(key)
                continue
            own.add(name)
            body = records.checked_body(value)
            found = _checked(self._native.add, number, name & 3, name >> 2, value[: body.end], body.at)
            if found is not None:
                (ahead.note_tile if name & 3 == DAY else ahead.note_totals)(name >> 2, list(found))
        _checked(self._native.restore, number)
        return Decoded(account, opaque_part.progress_of(opaque, applied_offsets), own, unnamed, ahead)

    def encode(self, account: Account, writing: Writing) -> Encoded:
        native, progress, prefix = _of_kernel(account), writing.progress, writing.prefix
        written = self._native.write(
            native.number,
            writing.account_id.encode(),
            tuple(progress.applied_offsets),
            native.names_of(writing.held),
            writing.how,
            *writing.rank,
            prefix.due_at_ms,
            prefix.flush,
            prefix.tier,
            prefix.mrr,
            prefix.has_cases,
            opaque_part.opaque_of(progress),
        )
        return native.written(written, writing.held)

    # --- what is read of an account without exporting it

    def reading(self, account: Account) -> Reading:
        return _of_kernel(account).reading

    def standing_of(self, account: Account, score_plan: ScorePlan) -> str:
        return self.accounts.kernel.standing_of(_of_kernel(account).number, score_plan)

    def explained(self, account: Account, scores: Scores) -> Explained:
        return ExplainedKernelAccount(self.accounts, _of_kernel(account), scores)

    def norm_part(self, account: Account) -> dict[str, float]:
        return self.accounts.kernel.norm_part(_of_kernel(account).number)

    def forecast(self, account: Account, scores: Scores, norm: CohortNorm) -> Forecast:
        self.accounts.use_norm(norm)
        return forecast_of(self.accounts.kernel, _of_kernel(account).number, norm)

    def note_past(self) -> None:
        self.plan.past.update(self.accounts.kernel.past())


def _of_kernel(account: Account) -> KernelAccount:
    if not isinstance(account, KernelAccount):
        raise AssertionError("an account of the kernel's fold is made by it")
    return account


def _checked(read: Callable[..., Any], *arguments: Any) -> Any:
    """What a native reader returns.

    Raises:
        DamagedRecord: when the bytes are none of a record.
    """
    try:
        return read(*arguments)
    except ValueError as error:
        raise DamagedRecord(str(error)) from None
