"""The texts of answers and baselines, for the kernel: it writes those of its loop's accounts by itself.

`native/answer/answer_texts.c` reads them. What has no place in them (an override, signals that warm up, shadows, signs)
is for Python to write: `scoring.explain.snapshot`.
"""

from __future__ import annotations

import msgspec

from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL
from scoring.plan.signals.base import Signal
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.plan.signs import SignRule
from scoring.result import Baseline
from streams.kernel.kernel import Kernel
from streams.kernel.table_writer import TableWriter

WORDS = (
    '{"account_id":',
    ',"score":',
    ',"components":{',
    ',"points":',
    ',"possible":',
    ',"evidence":',
    '},"facts":{',
    '},"mrr":',
    ',"plan":',
    ',"first_event_ms":',
    ',"details":{',
    ',"provisional":true',
    ',"profile":',
    ',"flags":[',
    ',"sources":{',
    ',"as_of":"',
    'Z","as_of_ms":',
    ',"generation":',
    ',"version":',
    ',"applied":[',
)
"""Between the parts of an answer, in the order of `Word` in `native/answer/answer.h`."""
_REAL_BYTES = 9
"""Of a float in MessagePack."""
_BEHIND_MAX = 64
"""Numbers behind a signal at most, as in `native/answer/answer.c`."""


def name_answers(kernel: Kernel) -> None:
    """Tell the kernel what stands between the numbers of an answer."""
    plan, live, tables = kernel.plan, kernel.plan.primary, TableWriter()
    model = f',"model":{_json(plan.model.name)},"model_version":{plan.model.version},"coverage":'
    tables.each(WORDS, tables.text)
    tables.each([f',"tier":{_json(name)}{model}' for name in (*live.tier_names, "")], tables.text)
    tables.each([f'{_json(component.name)}:{{"judgement":' for component in live.components], tables.text)
    tables.each([f"{_json(name)}:" for name in live.signals], tables.text)
    tables.each([_json(profile.profile) for profile in live.profiles], tables.text)
    tables.each([_json(rule.name) for rule in live.rules], tables.text)
    tables.each([f',"standing":{_json(standing.name)}' for standing in live.standings], tables.text)
    tables.each([f"{_json(name)}:" for name in live.sources], tables.text)
    tables.wholes([source.slot for source in live.sources.values()])
    tables.whole(kernel.places.get("mrr", -1), kernel.places.get("plan", -1))
    for name, signal in tables.counted(live.groups.detailed):
        _write_detail(tables, kernel.places[name], name, signal)
    tables.each(plan.signs, lambda sign: _write_sign(tables, sign))
    kernel.native.name_answers(tables.bytes())


def name_baseline(kernel: Kernel) -> None:
    """Tell the kernel what stands between the numbers of a `Baseline`, in MessagePack.

    A component that has the name of a part without a component would stand where that does: then Python writes them.
    """
    primary = kernel.plan.primary
    parts = [*(component.name for component in primary.components), NEUTRAL, BOUNDS, FLOOR]
    if len(set(parts)) < len(parts):
        return
    begin, tiers = b"", list[bytes]()
    for name in primary.tier_names:
        bare = msgspec.msgpack.encode(Baseline(0.0, name, {}))
        value_at = bare.index(msgspec.msgpack.encode(0.0))
        begin = bare[:value_at]
        tiers.append(bare[value_at + _REAL_BYTES : -1])  # up to the number of points
    kernel.native.name_baseline((begin,), tuple(tiers), tuple([msgspec.msgpack.encode(part) for part in parts]))


def _write_detail(tables: TableWriter, place: int, name: str, signal: Signal) -> None:
    """The texts before what is behind a signal: before each number, or of each milestone."""
    if isinstance(signal, MilestonesSignal):
        tables.whole(place, 1)
        tables.each([f'{_json(name)}:{{"due":[', *(_json(step) for _, step, _, _ in signal.steps)], tables.text)
        return
    keys = list(signal.detail(range(_BEHIND_MAX)) or {})
    texts = [f"{'{' if number == 0 else ','}{_json(key)}:" for number, key in enumerate(keys)]
    tables.whole(place, 0)
    tables.each([f"{_json(name)}:", *texts], tables.text)


def _write_sign(tables: TableWriter, sign: SignRule) -> None:
    tables.whole(sign.series, sign.days, sign.at_least, sign.least_days)


def _json(value: str) -> str:
    return msgspec.json.encode(value).decode()
