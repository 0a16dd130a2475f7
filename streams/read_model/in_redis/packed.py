"""What stands in Redis, as bytes and text: accounts, groups, places in an order, answers."""

from __future__ import annotations

import struct
from typing import cast

from scoring.result import ScoreSnapshot
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import Keys
from streams.read_model.port import Group, ReadModelBroken, group_of
from streams.read_model.records.account import Account, Floor
from streams.read_model.records.answers import UnknownDictionary
from streams.read_model.records.movements import Movements

# Characters of a score that is ordered as text.
PLACE = 16
# Before the name of a standing, where the name of a tier would be; no printable name begins with it.
STANDING_MARK = "\x1f"
_FLOOR = struct.Struct("<IQ")
_NO_FLOOR, _HAS_FLOOR = b"\0", b"\1"


def place(score: float | None) -> str:
    """`score` in 16 characters whose order is that of scores, None last: the bits of a float, made to be compared.

    >>> place(-1.0) < place(0.0) < place(12.0) < place(12.000000000000002) < place(None)
    True
    """
    if score is None:
        return "g" * PLACE
    bits: int = struct.unpack(">Q", struct.pack(">d", score + 0.0))[0]
    return f"{bits ^ (2**64 - 1 if bits >> 63 else 2**63):016x}"


def field(account_id: str) -> bytes:
    """The account id as Redis holds it. A lone surrogate, which no answer can hold, is asked for in vain: no error."""
    return account_id.encode(errors="surrogatepass")


def member(answer: ScoreSnapshot) -> bytes:
    """An account's member of `by_tier`."""
    return f"{group_text(group_of(answer))}\0{place(answer.score)}".encode() + field(answer.account_id)


def group_text(group: Group) -> str:
    """A group as Redis holds it: a tier by its name, a standing with a mark before its name.

    >>> group_text(Group("red")), group_text(Group("", "churned")), group_in(group_text(Group("", "churned")))
    ('red', '\\x1fchurned', Group(tier='', standing='churned'))
    """
    return group.tier or (f"{STANDING_MARK}{group.standing}" if group.standing else "")


def group_in(text: str) -> Group:
    """The group that `group_text` made a text of."""
    is_standing = text.startswith(STANDING_MARK)
    return Group("", text.removeprefix(STANDING_MARK)) if is_standing else Group(text)


def pack_movements(account: Account) -> bytes:
    """The movements of an account, with its floor before them."""
    floor = _NO_FLOOR if account.floor is None else _HAS_FLOOR + _FLOOR.pack(*account.floor)
    return floor + account.movements.pack()


def read_movements(packed: bytes) -> tuple[Movements, Floor | None]:
    """What `pack_movements` made; nothing of "". Raises `msgspec.DecodeError` when it is anything else."""
    if not packed.startswith(_HAS_FLOOR):
        return Movements.unpack(packed[1:]), None
    begin = 1 + _FLOOR.size
    return Movements.unpack(packed[begin:]), Floor(*_FLOOR.unpack(packed[1:begin].ljust(_FLOOR.size)))


async def unpack(redis: RedisKeys, keys: Keys, dictionaries: Dictionaries, packed: bytes) -> ScoreSnapshot:
    """An answer; reads the dictionaries when it needs one that is not known.

    Raises:
        ReadModelBroken: when it is missing. Inside `RedisKeys.answering` also when the answer cannot be read.
    """
    try:
        return dictionaries.unpack(packed)
    except UnknownDictionary:
        await load_dictionaries(redis, keys, dictionaries)
    try:
        return dictionaries.unpack(packed)
    except UnknownDictionary as error:
        raise ReadModelBroken(f"The read model in Redis at {redis.address} lacks a part: {error}.") from error


async def load_dictionaries(redis: RedisKeys, keys: Keys, dictionaries: Dictionaries) -> None:
    """Read all that others have made."""
    dictionaries.add(cast("dict[bytes, bytes]", await redis.redis.hgetall(keys.key("dictionaries"))))
