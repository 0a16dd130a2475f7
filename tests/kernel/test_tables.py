"""Tables: every kind of signal and of shape has one, and bytes that are none are refused in words."""

from __future__ import annotations

import os
import random
import re
import shutil
import sysconfig
from pathlib import Path

import pytest

from scoring.model.loader import PRESETS, load_preset
from scoring.plan.compile_components import SHAPES as COMPILED_SHAPES
from scoring.plan.compile_signals import DERIVED, KINDS
from scoring.plan.components.base import Shape
from scoring.plan.plan import Plan
from scoring.plan.signals.base import Signal
from streams.kernel import component_tables, effects, signal_tables, tables
from streams.kernel.kernel import Kernel, is_built
from streams.kernel.table_writer import NotInKernel
from streams.kernel.tables import tables_of
from tests.builders import a_model

NATIVE = Path(tables.__file__).parent / "native"
needs_kernel = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def names_of(header: str, prefix: str) -> list[str]:
    """The names of an enumeration in C, without their prefix, in order."""
    found = re.findall(rf"^ +{prefix}_([A-Z_]+)\b", (NATIVE / header).read_text(), re.MULTILINE)
    return [name.lower() for name in found if name != "KINDS"]


def kinds_below(base: type[object]) -> set[type[object]]:
    """Those of the source: a test may have others."""
    found: set[type[object]] = set()
    for each in base.__subclasses__():
        found |= {each} | kinds_below(each)
    return {kind for kind in found if kind.__module__.startswith("scoring.")}


def test_where_there_is_a_compiler_the_kernel_is_built() -> None:
    """Else all of these tests would be skipped in silence, since it is optional."""
    has_headers = Path(sysconfig.get_paths()["include"], "Python.h").exists()
    can_build = shutil.which("cc") is not None and has_headers
    must = os.environ.get("VITALS_REQUIRE_KAFKA") == "1"  # where all parts have to be real, this one has, too
    assert is_built() or not (can_build or must), "run `make build/kernel/.done`: build/kernel/log says why it fails"


def test_the_kinds_of_tables_are_those_of_the_kernel() -> None:
    assert list(signal_tables.KINDS) == names_of("plan/plan.h", "SIGNAL")
    assert list(component_tables.SHAPES) == names_of("plan/plan.h", "SHAPE")
    assert [kind.name.lower() for kind in effects.Kind] == names_of("fold/effects.h", "EFFECT")


def test_every_kind_of_signal_has_a_table() -> None:
    missing = {kind.__name__ for kind in kinds_below(Signal)} - {kind.__name__ for kind in signal_tables.TABLES}
    missing -= {"SourceSignal"}  # written with the norm and with components
    assert not missing, (
        f"the kernel does not know {sorted(missing)}: give it a table in streams/kernel/signal_tables.py "
        "and a case in streams/kernel/native/judge/signals.c (docs/kernel.md says how)"
    )
    assert KINDS
    assert DERIVED


def test_every_shape_has_a_table() -> None:
    wrappers = {"Excepted", "Sourced"}  # written as fields of the shape that they hold
    missing = {kind.__name__ for kind in kinds_below(Shape)} - {kind.__name__ for kind in component_tables.TABLES}
    assert not missing - wrappers, (
        f"the kernel does not know {sorted(missing - wrappers)}: give it a table in streams/kernel/component_tables.py "
        "and a case in streams/kernel/native/judge/shapes.c (docs/kernel.md says how)"
    )
    assert COMPILED_SHAPES


def test_more_bits_than_the_kernel_has_are_refused_in_words() -> None:
    signals = {f"count{number}": {"kind": "count", "window": "1d"} for number in range(128)}
    components = {name: {"shape": "ratio", "signal": name, "of": 1, "weight": 1} for name in signals}
    with pytest.raises(NotInKernel, match="more than 128 components and conditions"):
        tables_of(Plan(a_model(signals, components)))


@needs_kernel
@pytest.mark.parametrize("name", PRESETS)
def test_tables_that_end_anywhere_are_refused(name: str) -> None:
    plan = Plan(load_preset(name))
    whole = tables_of(plan)
    native = type(Kernel(plan).native)
    for length in range(0, len(whole), 56):
        with pytest.raises(ValueError, match="these are no tables of a plan"):
            native(whole[:length])
    with pytest.raises(ValueError, match="longer than what they say"):
        native(whole + bytes(8))


@needs_kernel
def test_altered_tables_are_refused_or_fold() -> None:
    """Nothing ends the process; of what is accepted each number refers to what is there."""
    plan = Plan(load_preset("default"), [load_preset("health-index")])
    whole, native = tables_of(plan), type(Kernel(plan).native)
    luck, refused = random.Random(7), set[str]()
    for _ in range(3_000):
        altered = bytearray(whole)
        for _ in range(luck.choice((1, 1, 2))):
            place = luck.randrange(len(whole) // 8) * 8
            word = luck.choice((0, 1, 2, 7, 200, -1, 1 << 40, -(1 << 63), (1 << 63) - 1))
            altered[place : place + 8] = word.to_bytes(8, "little", signed=True)
        try:
            kernel = native(bytes(altered))
        except ValueError as error:
            refused.add(str(error))
            continue
        account = kernel.begin(1_800_000_000_000)
        kernel.advance(account, 1_800_900_000_000)
        kernel.refresh(account, 0)
        kernel.facts(account, 0)
    assert len(refused) > 12
