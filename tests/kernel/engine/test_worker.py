"""The loop's type: wrong arguments are refused, odd messages are left to Python, accounts are found by their ids."""

from __future__ import annotations

import contextlib
import itertools
import random
from typing import Any, NamedTuple

import pytest

from scoring.instants import FAR
from scoring.plan.plan import Plan
from streams.engine.folds.id_prints import FIXED_KEY
from streams.kernel.baseline import name_baseline
from streams.kernel.decoder import NativeDecoder
from streams.kernel.kernel import Kernel
from streams.kernel.worker import Stop, worker_of
from tests.builders import Message, a_model, at_ms, usage
from tests.kernel.test_arguments import ODD, REFUSALS

NOW_MS = at_ms("2026-05-10T10:20:30Z")
UNJUDGED = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""Without a level nothing is judged."""
NOWHERE = (-1, -1, -1, -1)
LONG_AGO = (0, FAR, FAR, -1, -1e9, 1e9, 0.0, -1)
"""Heard, timer, matters due, tier, band, MRR and version of an account without a score."""


class Loop:
    """A loop over a kernel, and its accounts."""

    def __init__(self) -> None:
        plan = Plan(UNJUDGED)
        self.kernel = Kernel(plan)
        decoder = NativeDecoder(plan, FIXED_KEY)
        decoder.learn("analytics", "login")
        self.native = worker_of(self.kernel, decoder, is_event_clock=False)

    def enter(self, name: str) -> int:
        number = self.kernel.begin(NOW_MS)
        self.native.enter(number, name.encode(), NOWHERE, *LONG_AGO)
        return number

    def take(self, *messages: Any, topics: bytes = b"", room: int = 100) -> Stop:
        topics = topics or bytes(len(messages))
        return Stop(self.native.take(topics, list(messages), 0, NOW_MS, NOW_MS, FAR, 0, room)[0])


def message(account: str, offset: int = 0, **fields: Any) -> Message:
    return Message(offset, NOW_MS, None, usage(account, NOW_MS, **fields).value)


def test_odd_arguments_are_refused() -> None:
    loop = Loop()
    held = [loop.enter(f"held{number}") for number in range(3)]
    methods = [getattr(loop.native, name) for name in dir(loop.native) if not name.startswith("_")]
    for length, method in itertools.product(range(11), methods):
        luck = random.Random(length)
        for _ in range(60):
            arguments = luck.choices(ODD, k=length)
            if arguments and luck.random() < 0.5:
                arguments[0] = loop.kernel.begin(NOW_MS)
            if arguments and arguments[0] in held:
                continue
            with contextlib.suppress(*REFUSALS):
                method(*arguments)
    assert [loop.kernel.native.as_of_ms(number) for number in held] == [NOW_MS] * 3
    for odd in ODD:
        with pytest.raises(REFUSALS):
            type(loop.native)(odd, odd, odd, odd)


def test_a_run_is_a_list_with_a_topic_for_each_message() -> None:
    loop = Loop()
    for topics, messages in ((b"", [message("acme")]), (b"\0\0", [message("acme")]), (b"\0", {0: 1})):
        with pytest.raises(REFUSALS):
            loop.native.take(topics, messages, 0, NOW_MS, NOW_MS, FAR, 0, 9)  # type: ignore[arg-type]


class Bare(NamedTuple):
    offset: Any = 0
    timestamp: Any = NOW_MS
    timestamp_type: Any = 0
    value: Any = b""
    headers: Any = ()


def test_what_is_no_plain_message_is_left_to_python_or_refused() -> None:
    loop = Loop()
    loop.enter("acme")
    plain = usage("acme", NOW_MS).value
    assert loop.take(Bare(value=plain)) is Stop.END
    left = (Bare(value=None), Bare(value=b"{"), Bare(value=bytearray(plain)), Bare(value=plain, headers=(("a", b""),)))
    for each in left:
        assert loop.take(each) is Stop.BACK
    assert loop.take(Bare(value=plain), topics=b"\4") is Stop.BACK
    assert loop.take(Bare(value=plain), topics=b"\xff") is Stop.BACK
    assert loop.take(Bare(1, value=plain, timestamp_type=None)) is Stop.END
    for odd in (Bare(offset=None, value=plain), Bare(timestamp="x", value=plain), Bare(offset=2**70, value=plain), 7):
        with pytest.raises((*REFUSALS, AttributeError)):
            loop.take(odd)


def test_an_account_that_never_entered_or_left_is_cold() -> None:
    loop = Loop()
    assert loop.take(message("acme")) is Stop.COLD
    number = loop.enter("acme")
    assert loop.take(message("acme")) is Stop.END
    loop.native.leave(number)
    assert loop.take(message("acme", 1)) is Stop.COLD
    with pytest.raises(LookupError):
        loop.native.leave(number)


def test_an_account_that_is_given_back_before_it_left_is_cold() -> None:
    loop = Loop()
    loop.kernel.free(loop.enter("acme"))
    assert loop.take(message("acme")) is Stop.COLD


def test_two_accounts_have_two_ids() -> None:
    loop = Loop()
    loop.enter("acme")
    with pytest.raises(ValueError, match="another account"):
        loop.enter("acme")


def test_accounts_are_found_however_many_came_and_went() -> None:
    loop, luck, numbers = Loop(), random.Random(7), dict[str, int]()
    for step in range(4_000):
        name = f"acct {luck.randrange(700)}"
        if name in numbers:
            loop.native.leave(numbers[name])
            loop.kernel.free(numbers.pop(name))
        else:
            numbers[name] = loop.enter(name)
        if step % 500 == 0:
            for other in (f"acct {number}" for number in range(700)):
                expected = Stop.END if other in numbers else Stop.COLD
                assert loop.take(message(other, step), room=100_000) is expected


def test_a_run_stops_when_as_many_accounts_changed_as_may() -> None:
    loop = Loop()
    numbers = [loop.enter(name) for name in ("acme", "globex", "tiny")]
    run = [message(name) for name in ("acme", "acme", "globex", "tiny")]
    assert loop.native.take(bytes(4), run, 0, NOW_MS, NOW_MS, FAR, 0, 2)[:2] == (Stop.FULL, 3)
    done = loop.native.done()
    assert done is not None
    assert done[1] == tuple(numbers[:2]), "in the order of their first events"
    assert done[3][0] == (2, 0, 0, 0, 1), "the second message has the offset of the first"
    assert loop.native.done() is None


def test_the_loop_writes_an_account_that_is_as_python_judged_it() -> None:
    loop = Loop()
    name_baseline(loop.kernel)
    number = loop.enter("acme")

    def written() -> object:
        return loop.native.write(number, -1, b"", 1, 1, 1, 1, False, b"before", b"after")

    assert written() is None, "it has no score"
    for level in (10.0, 90.0):
        event = loop.kernel.plan.decoder.decode("analytics", usage(at=NOW_MS, level=level).value, 0, NOW_MS)
        loop.kernel.apply(number, event, NOW_MS)
        found = loop.kernel.native.refresh(number, 0)
        assert found is not None
        assert written() is None, "it was judged since"
        loop.native.enter(number, b"acme", NOWHERE, 0, FAR, FAR, 0, 0.0, 100.0, 0.0, found[7])
        assert written() is not None
    loop.native.leave(number)
    assert written() is None
