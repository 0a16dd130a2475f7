"""What a projector remembers is bounded, and counts under its own mark only."""

from __future__ import annotations

from streams.read_model.in_redis.lately import BYTES_PER_PACKED_BYTE, Lately
from streams.read_model.records.account import Account
from tests.builders import a_snapshot


def accounts(*names: str) -> dict[str, Account]:
    return {name: Account(a_snapshot(name)) for name in names}


def kept(lately: Lately, partition: int, mark: bytes, *names: str) -> None:
    lately.keep(partition, mark, accounts(*names), dict.fromkeys(names, 10))


def test_what_was_used_longest_ago_goes_first() -> None:
    lately = Lately(bytes_max=2 * 10 * BYTES_PER_PACKED_BYTE)
    kept(lately, 0, b"a", "x", "y")
    kept(lately, 0, b"b", *lately.take(0, ["x"]))
    kept(lately, 0, b"c", "z")
    assert lately.is_marked(0, b"c")
    assert list(lately.take(0, ["x", "y", "z"])) == ["x", "z"]
    kept(lately, 0, b"d", "x", "y")
    assert list(lately.take(0, ["x", "y"])) == ["x", "y"]


def test_another_mark_forgets_the_partition() -> None:
    lately = Lately()
    kept(lately, 0, b"a", "x")
    kept(lately, 1, b"b", "y")
    assert not lately.is_marked(0, b"b")
    assert lately.is_marked(1, b"b")
    assert list(lately.take(0, ["x"])) == []
    assert list(lately.take(1, ["x", "y"])) == ["y"]


def test_a_removed_account_is_not_kept() -> None:
    lately = Lately()
    lately.keep(0, b"a", {"x": Account()}, {"x": 0})
    assert lately.take(0, ["x"]) == {}
