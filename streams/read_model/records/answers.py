"""Answers packed with the help of a dictionary: most of an answer is names, which all answers of a model share.

A dictionary says what an answer of a model looks like, and nothing about any account. It has the checksum of its bytes
as its id, which begins every answer that was packed with it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec

from scoring.result import (
    Adjustment,
    ComponentScore,
    Forecast,
    Improvement,
    LastTransition,
    OpenCase,
    Override,
    ScoreSnapshot,
    TierForecast,
    TransitionCause,
)

ID_BYTES = 4
_LEVEL = 6
_RAW = -15
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)
_ENCODER = msgspec.json.Encoder()
_AT = "2026-01-01T00:00:00Z"


class UnknownDictionary(Exception):
    """An answer was packed with a dictionary that is not at hand: `id`."""

    def __init__(self, dictionary_id: bytes) -> None:
        super().__init__(f"the dictionary {dictionary_id.hex()} is not known")
        self.id = dictionary_id


def dictionary_of(answer: ScoreSnapshot) -> bytes:
    """A dictionary for answers like this one: its names, without any of its values."""
    return _ENCODER.encode(_names_of(answer))


def id_of(dictionary: bytes) -> bytes:
    """The id of a dictionary."""
    return zlib.crc32(dictionary).to_bytes(ID_BYTES, "big")


def pack_answer(answer: ScoreSnapshot, dictionary: bytes, dictionary_id: bytes) -> bytes:
    """As bytes; see `unpack_answer`."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return dictionary_id + packer.compress(_ENCODER.encode(answer)) + packer.flush()


def unpack_answer(packed: bytes, dictionaries: Mapping[bytes, bytes]) -> ScoreSnapshot:
    """What `pack_answer` made. `dictionaries` are by id.

    Raises:
        UnknownDictionary: when the one that it was packed with is missing.
        msgspec.DecodeError: when it is anything else.
    """
    dictionary = dictionaries.get(packed[:ID_BYTES])
    if dictionary is None:
        raise UnknownDictionary(packed[:ID_BYTES])
    try:
        return _SNAPSHOTS.decode(zlib.decompressobj(_RAW, dictionary).decompress(packed[ID_BYTES:]))
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error


def pack_alone(answer: ScoreSnapshot) -> bytes:
    """As bytes that need no dictionary."""
    return zlib.compress(_ENCODER.encode(answer), _LEVEL)


def unpack_alone(packed: bytes) -> ScoreSnapshot:
    """What `pack_alone` made. Raises `msgspec.DecodeError` when it is anything else."""
    try:
        return _SNAPSHOTS.decode(zlib.decompress(packed))
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error


def _names_of(answer: ScoreSnapshot) -> ScoreSnapshot:
    """An answer with the names of this one, in the order in which they come in the text. What is used most stands
    near the end of a dictionary, but the order of an answer's fields is fixed."""
    facts = dict.fromkeys(answer.facts, 0)
    cause = TransitionCause(
        kind="event", topic="analytics", partition=0, offset=0, event=" ", event_id=" ", part=" ", norm={"": 0.0}
    )
    was = TransitionCause(kind="expiry", part=" ", facts={"": 0}, judgements={"": None}, age_ms=1)
    tier = answer.tier or "green"
    override = Override(score=1.0, reason=" ", author=" ", set_ms=1, until_ms=1)
    case = OpenCase(
        id="", rule="", severity="critical", status="open", opened_at=_AT, since=_AT, words="", until=_AT, action=" "
    )
    return msgspec.structs.replace(
        answer,
        account_id="",
        score=100.0,
        tier=tier,
        coverage=1.0,
        components={name: ComponentScore(100.0, 0.0, 0.0, 0.0) for name in answer.components},
        facts=facts,
        mrr=None,
        plan=None,
        first_event_ms=0,
        details={},
        norm=dict.fromkeys(answer.norm, 1.0),
        override=override,
        beneath=1.0,
        warming=(),
        past_bounds=(),
        shadows=(),
        signs=(),
        last_transition=LastTransition(
            at=_AT,
            from_tier=tier,
            to_tier=tier,
            before=0.0,
            after=0.0,
            model=answer.model,
            model_version=answer.model_version,
            cause=cause,
        ),
        forecast=Forecast(
            horizon_days=answer.forecast.horizon_days if answer.forecast else 0,
            next_tier=TierForecast(at=_AT, at_ms=1, tier=tier, score=0.0, cause=was),
            improvements=_improvements(answer),
        ),
        standing="",
        unscored="",
        sources=dict.fromkeys(answer.sources, "2026-01-01 00:00:00"),
        cases=(case,),
        stale={},
        as_of=_AT,
        norm_as_of=_AT if answer.norm_as_of else "",
        applied=(-1,) * len(answer.applied),
    )


def _improvements(answer: ScoreSnapshot) -> tuple[Improvement, ...]:
    """Which adjustments there may be comes from the model."""
    if answer.forecast is None:
        return ()
    return tuple(
        Improvement(adjustments=tuple(_adjustment(each) for each in improvement.adjustments), tier=improvement.tier)
        for improvement in answer.forecast.improvements
    )


def _adjustment(each: Adjustment) -> Adjustment:
    return msgspec.structs.replace(each, number=1, properties={}, label="", pace=0.0)
