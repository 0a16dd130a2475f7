"""Messages on the topic `arrivals`, from which the guard sees which feeds are alive. Only values."""

from __future__ import annotations

import msgspec


class Arrivals(msgspec.Struct, frozen=True, tag="arrivals", kw_only=True, omit_defaults=True):
    """What arrived in one partition from `from_ms` (exclusive) to `to_ms` (inclusive), by the worker's clock.

    A message without counts says that the worker is alive and nothing came. `topics` has the number of live events that
    were applied, by input topic: not duplicates, and not history (events older than two days on arrival). `sources` has
    the number of accounts that were written with newer events of a source of the model: at most one an account and
    flush. `latest_ms` has when the last event of each topic arrived. Zeros are left out. `accounts` is the number of
    accounts with a score.
    """

    partition: int
    from_ms: int
    to_ms: int
    accounts: int = 0
    topics: dict[str, int] = {}
    sources: dict[str, int] = {}
    latest_ms: dict[str, int] = {}


class Fall(msgspec.Struct, frozen=True, tag="fall", kw_only=True):
    """An account fell a tier at `at_ms`. The guard itself passes this on from `notifications`, so that one process sees
    all of it."""

    account_id: str
    at_ms: int


Arrival = Arrivals | Fall
_decoder: msgspec.json.Decoder[Arrival] = msgspec.json.Decoder(Arrival)


def encode_arrival(message: Arrival) -> bytes:
    """The JSON of a message."""
    return msgspec.json.encode(message)


def decode_arrival(value: bytes | None) -> Arrival | None:
    """The message in `value`, None for anything else."""
    try:
        return _decoder.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
