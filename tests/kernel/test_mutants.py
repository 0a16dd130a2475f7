"""The comparison finds faults: each of a few deliberate ones, in a kernel built apart."""

from __future__ import annotations

import shutil

import pytest

from streams.kernel.kernel import is_built
from tests.kernel.mutants import FAULTS, TRACK_FAULTS, Builder, finds

needs_compiler = pytest.mark.skipif(
    not is_built() or not shutil.which("cc"), reason="the kernel is not built here, or there is no C compiler"
)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return Builder(tmp_path_factory.mktemp("mutants"))


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("floods", ["fold", "tracks"])
def test_without_a_fault_nothing_is_found(builder: Builder, floods: str) -> None:
    fault = next(iter(FAULTS.values()))
    assert not finds(builder.built(fault._replace(wrong=fault.right)), floods)


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(builder: Builder, name: str) -> None:
    assert finds(builder.built(FAULTS[name]), "fold"), f"nobody noticed that {name}"


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("name", TRACK_FAULTS)
def test_a_fault_of_the_tracks_is_found(builder: Builder, name: str) -> None:
    assert finds(builder.built(TRACK_FAULTS[name]), "tracks"), f"nobody noticed that {name}"
