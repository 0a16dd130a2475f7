"""Histories in the kernel: a replay says the same with it and without, and nothing plain is left to the reference."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from bench.replay.year import END_MS, START_MS, write_year
from scoring.fold.history import Steps
from scoring.fold.tier_changes import TierHistory
from scoring.instants import DAY_MS, rfc3339
from scoring.model.loader import PRESETS, load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.kernel.history import Columns as EventColumns
from streams.kernel.history import NativeHistory
from streams.kernel.kernel import is_built
from streams.replay.by_account import native_fold
from streams.replay.by_account.passes import FileNotes, sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import TiersWanted
from streams.replay.columns import Columns, fold_columns
from streams.replay.similar_accounts import NAMES_MAX
from tests.builders import a_model

EVENTS, ACCOUNTS = 4_000, 12
PRESET_MODELS = tuple(load_preset(name) for name in PRESETS)
INSTANTS = tuple(START_MS + days * DAY_MS for days in (3, 40, 41, 200, 365))

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("year") / "events.ndjson"
    with path.open("wb") as output:
        write_year(output, EVENTS, ACCOUNTS)
    return str(path)


def answers(
    year: str, models: Sequence[Model] = PRESET_MODELS, instants: Sequence[int] = INSTANTS
) -> tuple[list[Columns], FileNotes]:
    notes: list[FileNotes] = []
    facts = sorted({name for model in models for name in model.signals})
    return fold_columns([year], models, instants, facts=facts, texts=facts, judgements=True, notes=notes), notes[0]


def values(columns: Sequence[Columns]) -> list[str]:
    return [repr(getattr(each, field)) for each in columns for field in each.__struct_fields__]


def test_a_replay_says_the_same_with_the_kernel_and_without(year: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_kernel, notes = answers(year)
    monkeypatch.setenv("VITALS_KERNEL", "0")
    without, reference_notes = answers(year)
    assert notes.accounts == ACCOUNTS
    assert (notes.fit.repeated, notes.events) == (reference_notes.fit.repeated, reference_notes.events)
    for ours, theirs in zip(with_kernel, without, strict=True):
        assert all(repr(getattr(ours, field)) == repr(getattr(theirs, field)) for field in ours.__struct_fields__)


def tier_histories(year: str) -> list[TierHistory]:
    reading = Reading(models=tuple(load_preset(name) for name in PRESETS), now_ms=END_MS, keeps_all=True)
    events, _ = sort_events([year], reading)
    with events:
        events.begin(INSTANTS)
        events.make_norms([Plan(model) for model in reading.models])
        (found,) = events.fold(TiersWanted(END_MS))
    return cast(list[TierHistory], found)


def test_the_tier_changes_are_the_same_and_none_is_left(year: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    tier_changes = native_fold.NativeFold.tier_changes

    def counted(*arguments: object) -> object:
        found = tier_changes(*arguments)  # type: ignore[arg-type]
        left.append(found is None)
        return found

    monkeypatch.setattr(native_fold.NativeFold, "tier_changes", counted)
    with_kernel = tier_histories(year)
    assert len(left) == len(PRESETS) * ACCOUNTS
    assert not any(left)
    monkeypatch.setenv("VITALS_KERNEL", "0")
    assert with_kernel == tier_histories(year)
    assert all(history.changes for history in with_kernel)


def test_events_as_producers_send_them_are_all_folded_natively(year: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    shown = native_fold.NativeFold.shown

    def counted(*arguments: object) -> object:
        found = shown(*arguments)  # type: ignore[arg-type]
        left.append(found is None)
        return found

    monkeypatch.setattr(native_fold.NativeFold, "shown", counted)
    answers(year)
    assert len(left) == len(PRESETS) * ACCOUNTS
    assert not any(left)


@pytest.mark.parametrize("instant_ms", [-1, (1 << 32) * 1000, END_MS + 7975 * 365 * DAY_MS])
def test_instants_that_the_kernel_does_not_know_are_answered(
    year: str, instant_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = sorted([*INSTANTS, instant_ms])
    with_kernel, _ = answers(year, PRESET_MODELS[:1], instants)
    monkeypatch.setenv("VITALS_KERNEL", "0")
    assert values(with_kernel) == values(answers(year, PRESET_MODELS[:1], instants)[0])


def test_more_than_63_flags_can_hold_at_once(year: str, monkeypatch: pytest.MonkeyPatch) -> None:
    always = [{"signal": "use", "at_least": 0}]
    flags = {f"flag{number}": {"when": always} for number in range(64)}
    model = a_model({"use": {"kind": "count", "window": "30d"}}, flags=flags)
    with_kernel, _ = answers(year, [model])
    assert max(with_kernel[0].flags) == (1 << 64) - 1
    monkeypatch.setenv("VITALS_KERNEL", "0")
    assert values(with_kernel) == values(answers(year, [model])[0])


def a_line(account: str, day: int, **properties: object) -> bytes:
    event = {
        "topic": "billing",
        "account_id": account,
        "event": "invoice_paid",
        "timestamp": rfc3339(START_MS + day * DAY_MS),
        "id": f"{account}-{day}",
        "properties": properties,
    }
    return json.dumps(event).encode()


def both(
    tmp_path: Path, lines: Sequence[bytes], model: Model, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[list[Columns], FileNotes]]:
    """With the kernel, and without."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"\n".join(lines))
    found = [answers(str(path), [model])]
    monkeypatch.setenv("VITALS_KERNEL", "0")
    return [*found, answers(str(path), [model])]


@pytest.mark.parametrize(("events", "is_left"), [(400_000, False), (500_000, True)])
def test_amounts_that_may_pass_64_bits_are_left_to_the_reference(events: int, is_left: bool) -> None:
    plan = Plan(a_model({"paid": {"kind": "sum", "property": "amount", "window": "30d", "topics": ["billing"]}}))
    greatest = 10_000_000_000_000  # 10^9, in ten-thousandths
    steps = Steps(plan, "billing", "invoice_paid")
    steps.amounts = [(number, greatest) for number, _ in steps.amounts]
    history = NativeHistory(plan)
    history.learn(1, steps)
    times, none = array("q", [START_MS] * events), array("Q", [0] * events)
    columns = EventColumns(times, times, array("I", [2] * events), none, none)
    rows = history.rows(columns, [], (START_MS,), history.places(["paid"]), (history.norm({}),))
    assert (rows is None) == is_left
    assert is_left or (rows and rows[0][5] == (float(events * 10**9),))


def test_accounts_that_look_alike_are_named_in_the_order_of_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"acme{'-' * each}inc" for each in range(2 * NAMES_MAX)]
    lines = [a_line(name, 0) for name in names]
    lines[-1] = lines[-1].replace(b"acme", b"\\u0061cme")  # escapes are read in Python
    model = a_model({"use": {"kind": "count", "window": "30d", "topics": ["billing"]}})
    with_kernel, without = both(tmp_path, lines, model, monkeypatch)
    assert with_kernel[1].similar.twins() == (tuple(sorted(names[:NAMES_MAX])),)
    assert with_kernel[1].similar.twins() == without[1].similar.twins()
