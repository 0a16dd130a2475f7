"""Messages for decoders: events with odd values in odd places, and bytes that were damaged. By seed."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

FIELDS = ("account_id", "event", "timestamp", "id", "user_id", "properties")
RARE_FIELDS = (
    *("distinct_id", "uuid", "user", "userId", "messageId", "traits", "anonymousId", "originalTimestamp", "sentAt"),
    *("receivedAt", "$set", "tags", "type", "context", "groupId", "name", "extra"),
)
TABLES = {
    "user": ("id", "email"),
    "tags": ("account_id", "env"),
    "context": ("groupId", "traits"),
    "$groups": ("company", "account", "customer", "team"),
}
"""Keys that producers use inside of fields and properties."""
RARE_PROPERTIES = (
    "account_id",
    "user_id",
    "distinct_id",
    "uuid",
    "$insert_id",
    "$time",
    "$groups",
    "$set",
    "$group_key",
)
TEXTS = (
    *(
        "acme",
        " acme ",
        "null",
        "NULL",
        "[object Object]",
        "",
        "  ",
        "Café",
        "Cafe\u0301",
        "日本",
        "u1\u200b",
        "a\x00b",
    ),
    *("x" * 201, "é" * 200, "é" * 201, "😀", "\u00a0x", "0", "00000000-0000-0000-0000-000000000000", "good", "Good "),
    *(
        "\n\t",
        "high",
        "offered",
        "\u212a",
        "İ",
        "2026-03-01",
        "2026-03-01T09:00:00Z",
        "2026-03-01T09:00:00.1234567+02:00",
    ),
    *(
        "a\x00b",
        "2026-03-01T09:00:00.1234567+02:00",
        "true",
        'ab"c\\d/',
        "ß",
        "\x1c a\x1f",
        "\x85x",
        "starter",
        "urgent",
    ),
)
NUMBERS = (
    *("0", "-0", "7", "7.0", "-0.0", "7.5", "1e2", "1E+2", "1.5e-5", "123456789012345", "1234567890123456"),
    *("9007199254740992", "9007199254740993", "0.1", "1e16", "1e22", "1e23", "123456.789", "12345678901234567890"),
    *("1e-400", "1e308", "1e999", "0.30000000000000004", "1772359200", "1772359200250", "1772359200.5", "-5", "3"),
    *("4.50", "0.0001", "12345.678901234", "1" * 45),
)
ODD_BYTES = (
    *(
        b"\\u0041",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"\\",
        b'"',
        b"\xc3\xa9",
        b"\xff",
        b"1",
        b"e5",
        b".",
        b"-",
        b",",
        b"{",
    ),
    *(b"}", b"\\u0000", b"\\n", b"[", b":", b" ", b"\xed\xa0\x80"),
)


class OddMessages:
    """Makes messages. The same seed makes the same ones."""

    def __init__(self, seed: int, names: Sequence[str], properties: Sequence[str]) -> None:
        """`names` of events and of `properties` that a model reads."""
        self._random = random.Random(seed)
        self._names = (*names, " login ", "Café", "$groupidentify")
        self._properties = (*properties, *properties, *RARE_PROPERTIES)

    def message(self) -> bytes:
        """One message, damaged in a third of all cases."""
        value = self._event()
        return self._damaged(value) if self._random.random() < 1 / 3 else value

    def _event(self) -> bytes:
        fields = [(name, self._field(name)) for name in FIELDS if self._random.random() < 0.95]
        fields += [(name, self._rare(name)) for name in RARE_FIELDS if self._random.random() < 0.03]
        if self._random.random() < 0.05:
            fields.append((self._random.choice(FIELDS), self._value()))
        if self._random.random() < 0.3:
            self._random.shuffle(fields)
        space = self._random.choice(("", "", " ", "\n", "\t\r "))
        inside = f",{space}".join(f"{json.dumps(name)}{space}:{space}{value}" for name, value in fields)
        return f"{space}{{{inside}}}{space}".encode()

    def _field(self, name: str) -> str:
        if self._random.random() < 0.04:
            return self._value()
        match name:
            case "event":
                return json.dumps(self._random.choice(self._names))
            case "timestamp":
                return self._timestamp()
            case "properties":
                chosen = [self._random.choice(self._properties) for _ in range(self._random.randrange(4))]
                return f"{{{','.join(f'{json.dumps(each)}:{self._rare(each)}' for each in chosen)}}}"
            case _:
                return json.dumps(f"{name}-{self._random.randrange(50)}")

    def _rare(self, name: str) -> str:
        """A value of a field in which producers put tables; of others any."""
        if name not in TABLES or self._random.random() < 0.2:
            return self._value()
        keys = [self._random.choice(TABLES[name]) for _ in range(self._random.randrange(3))]
        return f"{{{','.join(f'{json.dumps(key)}:{self._value()}' for key in keys)}}}"

    def _timestamp(self) -> str:
        pick = self._random.randrange
        second = f"2026-{pick(1, 9):02d}-{pick(1, 30):02d}T{pick(24):02d}:{pick(60):02d}:{pick(60):02d}"
        if pick(2):
            return f'"{second}Z"'
        odd = f"2026-{pick(1, 13):02d}-{pick(1, 32):02d}{'T t'[pick(3)]}{pick(25):02d}:{pick(61):02d}:{pick(61):02d}"
        fraction = ("", ".", f".{pick(10 ** pick(1, 12))}")[pick(3)]
        zone = ("Z", "z", "", "+02:00", "-0530", "+24:00", "-00:00", "+01")[pick(8)]
        return (f'"{odd}{fraction}{zone}"', f'"{second}{zone}"', self._random.choice(NUMBERS))[pick(3)]

    def _value(self, depth: int = 0) -> str:
        dice = self._random.random()
        if dice < 0.45:
            return json.dumps(self._random.choice(TEXTS), ensure_ascii=self._random.random() < 0.5)
        if dice < 0.78:
            return self._random.choice(NUMBERS)
        if dice < 0.9 or depth > 3:
            return self._random.choice(("true", "false", "null"))
        values = [self._value(depth + 1) for _ in range(self._random.randrange(3))]
        if dice < 0.95:
            return f"[{','.join(values)}]"
        return f"{{{','.join(f'{json.dumps(self._random.choice(TEXTS))}:{value}' for value in values)}}}"

    def _damaged(self, value: bytes) -> bytes:
        damaged = bytearray(value)
        for _ in range(self._random.randrange(1, 4)):
            place = self._random.randrange(len(damaged) + 1)
            match self._random.randrange(4):
                case 0:
                    damaged[place : place + 1] = bytes([self._random.randrange(256)])
                case 1:
                    damaged[place:place] = self._random.choice(ODD_BYTES)
                case 2:
                    del damaged[place : place + 1]
                case _:
                    damaged[place:] = damaged[self._random.randrange(len(damaged) + 1) :]
        return bytes(damaged)
