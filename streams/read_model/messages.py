"""Messages of `scores` as changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from scoring.model.model_json import model_key
from scoring.result import ScoreSnapshot
from streams.read_model.port import Change

log = logging.getLogger(__name__)

_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)


def changes_in(messages: Sequence[Any], malformed: Callable[[], None]) -> list[Change]:
    """What can be read of `messages`. For the rest, which will never become readable, `malformed` is called."""
    changes = []
    for message in messages:
        try:
            changes.append(_change(message))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            where = f"{message.topic}[{message.partition}] at offset {message.offset}"
            log.warning("Skipped the message on %s, which is no answer: %s", where, error)
            malformed()
    return changes


def models_of(answers: Iterable[ScoreSnapshot | None]) -> set[str]:
    """The keys of the models that made these scores."""
    return {model_key(answer.model, answer.model_version) for answer in answers if answer is not None}


def _change(message: Any) -> Change:
    """Raises `msgspec.DecodeError`, `UnicodeDecodeError` or `RecursionError` if it is neither answer nor removal."""
    if message.value is not None:
        answer = _SNAPSHOTS.decode(message.value)
        return Change(message.offset, answer.account_id, answer)
    if message.key is None:
        raise msgspec.DecodeError("it has neither a key nor a value")
    return Change(message.offset, message.key.decode(), None)
