"""The extension's arguments: a wrong one is an exception, whatever it is."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.kernel.effects import packed_event
from streams.kernel.kernel import Kernel, is_built
from tests.builders import at_ms, ticket, usage

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
NOW_MS = at_ms("2026-05-10T10:20:30Z")


class Odd:
    """Says of itself that it is a number, and has none."""

    def __index__(self) -> int:
        raise RuntimeError("no number")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __bool__(self) -> bool:
        raise RuntimeError("neither")


ODD: tuple[Any, ...] = (
    *(None, "", b"", b"x" * 64, b"\xff" * 200, -1, 0, 1, 2**31, 2**32, 2**63, -(2**63), 2**200, 1.5, float("nan")),
    *((), (None,), (1, 2), [], {}, object(), Odd(), True),
)
REFUSALS = (TypeError, ValueError, LookupError, OverflowError, RuntimeError)


def a_kernel() -> Kernel:
    return Kernel(Plan(load_preset("default")))


def methods(kernel: Kernel) -> dict[str, Callable[..., object]]:
    return {name: getattr(kernel.native, name) for name in dir(kernel.native) if not name.startswith("_")}


def test_odd_arguments_are_refused() -> None:
    """Or are right ones by chance; the process lives on, and so does an account that they do not name."""
    kernel = a_kernel()
    held = [kernel.begin(NOW_MS) for _ in range(3)]
    for length, method in itertools.product(range(5), methods(kernel).values()):
        luck = random.Random(length)
        for _ in range(100):
            arguments = luck.choices(ODD, k=length)
            if arguments and luck.random() < 0.5:
                arguments[0] = kernel.begin(NOW_MS)
            if arguments and arguments[0] in held:
                continue
            with contextlib.suppress(*REFUSALS):
                method(*arguments)
    assert [kernel.native.as_of_ms(number) for number in held] == [NOW_MS] * 3


def test_tables_are_bytes() -> None:
    native = type(a_kernel().native)
    for odd in ODD:
        with pytest.raises(REFUSALS):
            native(odd)
    with pytest.raises(TypeError):
        native(tables=b"")  # type: ignore[call-arg]


def test_altered_events_are_refused_or_applied() -> None:
    """A byte of an event may be anything: then it is refused, or is another event."""
    kernel = a_kernel()
    number, luck = kernel.begin(NOW_MS), random.Random(3)
    sent = [usage(at=NOW_MS, user_id="ann", id=1), ticket(at=NOW_MS, ticket_id="t1")]
    decoder = kernel.plan.decoder
    for each in sent:
        whole = packed_event(kernel.plan, decoder.decode(each.topic, each.value, 0, 2 * NOW_MS))
        assert kernel.native.apply(number, whole, NOW_MS) == 0
        for length in range(len(whole)):
            with pytest.raises(ValueError, match="an event"):
                kernel.native.apply(number, whole[:length], NOW_MS)
        refused = 0
        for _ in range(4_000):
            altered = bytearray(whole)
            altered[luck.randrange(len(whole))] = luck.choice((0, 1, 2, 7, 127, 128, 255))
            try:
                kernel.native.apply(number, bytes(altered), NOW_MS)
            except ValueError:
                refused += 1
        assert refused


def test_numbers_are_used_again_and_never_by_two() -> None:
    kernel = a_kernel()
    held = [kernel.begin(NOW_MS + each) for each in range(50)]
    assert len(set(held)) == 50
    for number in held[::2]:
        kernel.free(number)
    with pytest.raises(LookupError, match="no account with the number"):
        kernel.next_due(held[0])
    begun = [kernel.begin(NOW_MS) for _ in range(25)]
    assert sorted(begun) == sorted(held[::2])
    assert [kernel.native.as_of_ms(number) for number in held[1::2]] == [NOW_MS + each for each in range(1, 50, 2)]


def test_a_norm_has_a_value_for_each_entry() -> None:
    kernel = a_kernel()
    entries = len(kernel.plan.norm_signals)
    for odd in itertools.chain(ODD, ((0.0,) * (entries + 1), ("x",) * entries)):
        with pytest.raises(REFUSALS):
            kernel.native.set_norm(odd)
