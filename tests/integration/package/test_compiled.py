"""The compiled modules and plain Python give the same answers. In `make test` they are compiled here first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shared_data import shared

ROOT = Path(__file__).parents[3]
QUICK = os.environ.get("VITALS_TEST_COMPILED") == "1"
FOLDER = "build/quick" if QUICK else "build/compiled"
COMPILED = ROOT / FOLDER
MINE = {name: value for name, value in os.environ.items() if not name.startswith(("VITALS_", "PYTHON", "MAKE"))}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What there is of the compiled package; with VITALS_TEST_COMPILED=1, that of this source, without optimising: a
    minute of one core."""
    if QUICK:
        command = ["make", f"COMPILED_IN={FOLDER}", "COMPILE=quick", f"{FOLDER}/.done"]
        subprocess.run(command, cwd=ROOT, env=MINE, check=True, timeout=600)
    if not any(COMPILED.rglob("*.so")):
        pytest.skip("nothing is compiled here: `make build/compiled/.done`, with a C compiler")


def run(*arguments: str, path: Path) -> str:
    """Run Python on this source, or on the compiled one; answers what it prints."""
    # Safe: else the working directory comes before all, and with it the source.
    environment = os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "PYTHONSAFEPATH": "1"}
    environment["VITALS_KERNEL"] = "0"  # with it both would answer from the same C
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


def test_the_compiled_modules_are_those_that_run() -> None:
    where = run("-c", "import scoring.state.account; print(scoring.state.account.__file__)", path=COMPILED)
    assert where.startswith(str(COMPILED))
    assert where.rstrip().endswith(".so")


def test_a_whole_number_stays_one() -> None:
    """A parameter that is declared a float makes 5.0 of 5 in compiled code, and events at one instant change places."""
    said = run("-c", "from scoring.plan.event_order import plain; print(plain(5), plain(5.0))", path=COMPILED)
    assert said == "5 5.0\n"
    said = run("-c", "from scoring.plurals import counted; print(counted(1_234_567, 'events'))", path=COMPILED)
    assert said == "1,234,567 events\n"


@pytest.mark.parametrize("model", ["default", "usage-trend-friction"])
def test_a_history_has_the_same_answers_to_the_last_bit(model: str) -> None:
    events = shared("data/churnsim/events.ndjson.gz")
    command = [
        "-m",
        "vitals",
        "replay",
        "--csv",
        "--as-of",
        "2022-03-15T00:00:00Z,2022-09-30T00:00:00Z",
        "--model",
    ]
    plain, compiled = (run(*command, model, str(events), path=path) for path in (ROOT, COMPILED))
    assert compiled == plain
    assert len(plain.splitlines()) > 300


def test_a_partition_survives_what_it_survives_in_plain_python() -> None:
    files = [
        "tests/unit/streams/changelog/test_records.py",
        "tests/unit/streams/engine/test_partition.py",
        "tests/scenarios/test_partition_restore.py",
        "tests/scenarios/test_double_faults.py",
    ]
    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=append", *files, path=COMPILED)
    assert " passed" in said


def test_what_a_simulated_deployment_survives_in_plain_python_it_survives_compiled() -> None:
    """The seed stops a feed, and restores accounts whose judgements stand still."""
    said = run("-m", "tests.simulation", "102", path=COMPILED)
    assert "seed 102: all invariants hold" in said


def test_the_fold_keeps_to_the_oracle_when_it_is_compiled() -> None:
    properties = ["tests/properties/test_fold.py", "-k", "after_every_event"]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=append"]
    said = run("-m", "pytest", *options, *properties, path=COMPILED)
    assert " passed" in said
