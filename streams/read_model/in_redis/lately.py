"""Accounts that this process has written lately, so that it need not read and unpack them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from streams.read_model.records.account import Account

BYTES_MAX: Final = 64 << 20
BYTES_PER_PACKED_BYTE: Final = 16
"""What an answer takes in memory for each byte of it in Redis, roughly."""


class Lately:
    """Accounts as they were written, without their closes; those that were used longest ago go first. Mutable.

    They count only while Redis has the mark of that write: every write of an account leaves another mark beside the
    progress of its partition, also that of another projector. A Redis that was emptied or came back from an older
    snapshot has another mark, or none. Who takes accounts out may change them, and keeps them again once they are
    written.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._marks: dict[int, bytes] = {}
        self._accounts: OrderedDict[tuple[int, str], tuple[Account, int]] = OrderedDict()

    def take(self, partition: int, names: Iterable[str]) -> dict[str, Account]:
        """Take out those of these accounts that are here."""
        found: dict[str, Account] = {}
        for name in names:
            if (known := self._accounts.pop((partition, name), None)) is not None:
                found[name], size = known
                self._bytes -= size
        return found

    def is_marked(self, partition: int, mark: bytes) -> bool:
        """Whether the accounts of this partition count, now that Redis has this mark; else they are forgotten."""
        if self._marks.get(partition) == mark:
            return True
        for place in [each for each in self._accounts if each[0] == partition]:
            self._bytes -= self._accounts.pop(place)[1]
        self._marks.pop(partition, None)
        return False

    def keep(self, partition: int, mark: bytes, accounts: Mapping[str, Account], sizes: Mapping[str, int]) -> None:
        """These were written with this mark; `sizes` are the bytes of the answers in Redis."""
        self._marks[partition] = mark
        for name, account in accounts.items():
            if account.answer is not None:
                size = sizes[name] * BYTES_PER_PACKED_BYTE
                self._accounts[partition, name] = (account.at_rest(), size)
                self._bytes += size
        while self._bytes > self._bytes_max:
            self._bytes -= self._accounts.popitem(last=False)[1][1]
