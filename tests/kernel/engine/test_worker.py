"""The loop's type: wrong arguments are refused, odd messages are left to Python, accounts are found by their ids."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from scoring.instants import FAR
from scoring.plan.plan import Plan
from streams.engine.folds.head_part import packed_part
from streams.engine.folds.id_prints import FIXED_KEY
from streams.kernel.answer_texts import name_baseline
from streams.kernel.decoder import NativeDecoder
from streams.kernel.inputs import new_inputs
from streams.kernel.kernel import Kernel
from streams.kernel.worker import Stop, worker_of
from streams.message import Message as AnyMessage
from streams.topics import CONTROL_INDEX
from tests.batches import batches_of, broken_behind
from tests.builders import Message, a_model, at_ms, usage
from tests.kernel.test_arguments import ODD, REFUSALS

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

NOW_MS = at_ms("2026-05-10T10:20:30Z")
UNJUDGED = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""Without a level nothing is judged."""
PAID = a_model(
    {"level": {"kind": "last", "property": "level"}, "mrr": {"kind": "last", "property": "mrr"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
    standings={"paid": {"label": "Paid", "when": [{"signal": "mrr", "known": True}]}},
)
"""As before, but who pays is in a standing."""
NOWHERE = (-1, -1, -1, -1)
LONG_AGO = (0, FAR, FAR, -1, -1e9, 1e9, 0.0, -1)
"""Heard, timer, matters due, tier, band, MRR and version of an account without a score."""


class Loop:
    """A loop over a kernel, and its accounts."""

    def __init__(self, plan: Plan | None = None) -> None:
        plan = plan or Plan(UNJUDGED)
        self.kernel = Kernel(plan)
        decoder = NativeDecoder(plan, FIXED_KEY)
        decoder.learn("analytics", "login")
        decoder.learn("exceptions", "login")
        self.native = worker_of(self.kernel, decoder, is_event_clock=False)
        self.newcomers = set[str]()

    def enter(self, name: str) -> int:
        number = self.kernel.begin(NOW_MS)
        self.native.enter(number, name.encode(), NOWHERE, *LONG_AGO)
        return number

    def begin(self, account_id: str, as_of_ms: int) -> int | None:
        """Begins none but those that may."""
        return self.kernel.begin(as_of_ms) if account_id in self.newcomers else None

    def take(self, *messages: AnyMessage, room: int = 100) -> Stop:
        return Stop(self.take_of(inputs_of(messages), room)[0])

    def take_of(self, inputs: Inputs, room: int = 100, most: int = 1_000, last_ms: int = FAR) -> tuple[Any, ...]:
        return self.native.take(inputs, last_ms, most, NOW_MS, NOW_MS, FAR, 0, room, self.begin)


def inputs_of(*topics: Sequence[AnyMessage]) -> Inputs:
    """Inputs with these messages of each topic, a batch each."""
    inputs = new_inputs()
    for topic, messages in enumerate(topics):
        for batch in batches_of(messages, each=1):
            inputs.add(topic, batch, batch.content, batch.first_offset, batch.count)
    return inputs


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


def test_odd_inputs_are_refused() -> None:
    for odd in ODD:
        with pytest.raises(REFUSALS):
            type(new_inputs())(odd)
    inputs = inputs_of([message("acme")])
    methods = [getattr(inputs, name) for name in dir(inputs) if not name.startswith("_") and name != "give_up"]
    for length, method in itertools.product(range(7), methods):
        luck = random.Random(length)
        for _ in range(200):
            arguments = luck.choices(ODD, k=length)
            if arguments and luck.random() < 0.5:
                arguments[0] = 3
            with contextlib.suppress(*REFUSALS):
                method(*arguments)
    assert [each.offset for each in inputs.run(0, FAR, 9)] in ([0], [])
    with pytest.raises(REFUSALS):
        inputs.take(2, 1)


def test_what_is_no_plain_message_is_left_to_python() -> None:
    loop = Loop()
    loop.enter("acme")
    plain = usage("acme", NOW_MS).value
    left = (None, ()), (b"{", ()), (plain, (("a", b""),))
    for offset, (value, headers) in enumerate(left):
        odd = Message(offset, NOW_MS, b"k", value, headers)
        inputs = inputs_of([odd, message("acme", 7)])
        for _ in range(2):
            assert loop.take_of(inputs) == (Stop.BACK, 0, 0, 0, (offset, NOW_MS, 0, b"k", value, headers), None)
        inputs.take(0, 1)
        assert loop.take_of(inputs)[:2] == (Stop.END, 1)


def test_a_message_of_control_is_never_taken() -> None:
    loop = Loop()
    loop.enter("acme")
    inputs = inputs_of([], [], [], [], [message("acme")])
    assert loop.take_of(inputs)[:2] == (Stop.END, 0)
    assert inputs.head(CONTROL_INDEX) == (True, NOW_MS, False)


def test_who_set_the_time_of_a_message_is_told() -> None:
    loop, late = Loop(), NOW_MS + 9
    stop, _, _, _, taken, _ = loop.take_of(inputs_of([message("acme")._replace(timestamp=late, timestamp_type=1)]))
    assert (stop, taken.timestamp, taken.timestamp_type) == (Stop.COLD, late, 1)


def test_what_is_notable_is_named_though_its_batch_is_given_back() -> None:
    loop = Loop()
    loop.enter("acme")
    run = [message("acme", 0), message("acme", 1, level=7, id="ev-1"), message("acme", 2)]
    *_, taken, named = loop.take_of(inputs_of(run))
    assert (taken.offset, named) == (1, ("login", "ev-1"))


def test_it_stops_after_so_many_messages_and_before_what_is_later() -> None:
    loop = Loop()
    loop.enter("acme")
    run = [message("acme", offset)._replace(timestamp=NOW_MS + time) for offset, time in enumerate((0, 5, 3, 6))]
    inputs = inputs_of(run)
    assert loop.take_of(inputs, most=1)[:2] == (Stop.END, 1)
    assert loop.take_of(inputs, last_ms=NOW_MS + 4)[:2] == (Stop.END, 0), "the one at 5 is next, and too late"
    assert loop.take_of(inputs, last_ms=NOW_MS + 5)[:2] == (Stop.END, 2)
    assert inputs.head(0) == (True, NOW_MS + 6, False)


def test_it_stops_when_a_topic_has_no_more_since_others_may_have_to_wait() -> None:
    loop = Loop()
    loop.enter("acme")
    first, second = [[message("acme", offset)._replace(timestamp=offset) for offset in some] for some in ((1,), (2, 3))]
    inputs = inputs_of(first, second)
    assert loop.take_of(inputs)[:2] == (Stop.END, 1)
    assert inputs.head(0) == (False, 0, False)
    assert inputs.head(1) == (True, 2, False)
    assert loop.take_of(inputs)[:2] == (Stop.END, 2)


def test_it_takes_nothing_while_a_topic_cannot_be_read() -> None:
    loop = Loop()
    loop.enter("acme")
    inputs, broken = inputs_of([message("acme")]), broken_behind([])
    inputs.add(1, broken, broken.content, 0, 1)
    assert inputs.head(1) == (False, 0, True)
    assert loop.take_of(inputs)[:2] == (Stop.END, 0)
    assert inputs.give_up(1) == (0, [broken])
    assert loop.take_of(inputs)[:2] == (Stop.END, 1)


def test_an_account_that_never_entered_or_left_is_cold() -> None:
    loop = Loop()
    assert loop.take(message("acme")) is Stop.COLD
    number = loop.enter("acme")
    assert loop.take(message("acme")) is Stop.END
    loop.native.leave(number)
    assert loop.take(message("acme", 1)) is Stop.COLD
    with pytest.raises(LookupError):
        loop.native.leave(number)


def test_an_account_may_begin_with_its_message() -> None:
    loop = Loop()
    loop.newcomers.add("acme")
    run = [message("acme"), message("acme", 1), message("globex", 2)]
    assert loop.take_of(inputs_of(run))[:2] == (Stop.COLD, 2)
    done = loop.native.done()
    assert done is not None
    assert done[1] == (0,)
    assert done[4][0] == (2, 0, 0, 0, 0)


def test_an_account_that_begins_with_a_score_is_notable() -> None:
    loop = Loop()
    loop.newcomers.add("acme")
    assert loop.take_of(inputs_of([message("acme", level=80)]))[:3] == (Stop.NOTABLE, 1, 0)
    assert loop.native.noted(-1)[2:] == (None, None, False, False), "it had no score before"


def test_what_is_raised_at_the_beginning_of_an_account_is_not_lost() -> None:
    loop = Loop()
    inputs = inputs_of([message("acme")])
    wrongs: list[Any] = [lambda *_: 1 / 0, lambda *_: 7, lambda *_: "acme", lambda *_: -1, lambda: None]
    for wrong in wrongs:
        with pytest.raises((ArithmeticError, LookupError, TypeError, ValueError)):
            loop.native.take(inputs, FAR, 1, NOW_MS, NOW_MS, FAR, 0, 100, wrong)
        assert loop.native.done() is None
    assert loop.take_of(inputs)[:2] == (Stop.COLD, 0), "the message is still there"


def test_the_ledger_is_told_of_an_account_without_a_score() -> None:
    loop = Loop(Plan(PAID))
    number = loop.enter("acme")
    assert loop.take(message("acme", mrr=50), message("acme", 1, mrr=50)) is Stop.END
    done = loop.native.done()
    assert done is not None
    assert done[3] == ((number, -2, 50.0),), "once"


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
    assert loop.take_of(inputs_of(run), room=2)[:2] == (Stop.FULL, 3)
    done = loop.native.done()
    assert done is not None
    assert done[1] == tuple(numbers[:2]), "in the order of their first events"
    assert done[4][0] == (2, 0, 0, 0, 1), "the second message has the offset of the first"
    assert loop.native.done() is None


def test_the_loop_writes_an_account_that_is_as_python_judged_it() -> None:
    loop = Loop()
    name_baseline(loop.kernel)
    number = loop.enter("acme")

    part = packed_part(-1, b"", False, b"before", None, b"after")

    def written() -> object:
        [found] = loop.native.write([(number, 1, 1, part)], 1, 1)
        return found

    assert written() is not None, "without a score it has no baseline"
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
