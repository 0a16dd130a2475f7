"""Deliberate faults of the kernel, each built apart: a comparison that cannot find them would prove nothing.

`python -m tests.kernel.mutants LIBRARY FLOODS` lives floods with the extension in that file: "fold" those of fold and
judging, "tracks" those of the loop's tracks. It ends with 1 where they differ.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "streams" / "kernel" / "native"
MODULE = "streams.kernel._native"
FLAGS = ("-std=gnu11", "-O0", "-g0", "-fPIC", "-ffp-contract=off", "-fvisibility=hidden", "-w", "-c")
SEEDS, EVENTS = range(120), 120
TRACK_SEEDS = range(24)


class Fault(NamedTuple):
    """One place of a file, put wrong."""

    file: str
    right: str
    wrong: str


FAULTS = {
    "the last bucket does not leave": Fault(
        "fold/counts.c", "<= until) {\n        uint32_t", "< until) {\n        uint32_t"
    ),
    "a timer is a day late": Fault("fold/timers.c", "last + (days + 1)", "last + (days + 2)"),
    "the earlier of two at one instant wins": Fault("fold/latest.c", "tie > held->tie", "tie < held->tie"),
    "an exclusive bound is inclusive": Fault(
        "judge/conditions.c", "!(number < condition->below)", "!(number <= condition->below)"
    ),
    "a share has no limit": Fault("judge/weighing.c", "if (limit < share) share = limit;", "(void)limit;"),
    "a late event grows no peak": Fault("fold/peaks.c", "cache->base += amount;", ";"),
}
TRACK_FAULTS = {
    "a value leaves the span late": Fault(
        "worker/tracks.c", "track->memory[from] <= at_ms", "track->memory[from] + 60000 <= at_ms"
    ),
    "as high a value is kept too": Fault(
        "worker/tracks.c", "[track->length - 1] <= value", "[track->length - 1] < value"
    ),
    "a backfill moves nothing": Fault("worker/tracks.c", "track->memory[0] += shift;", ";"),
    "one track alone decides": Fault(
        "worker/tracks.c", "is_decided(&tracks->each[each]", "is_decided(&tracks->each[0]"
    ),
    "the band stays": Fault("worker/run.c", "tracks_band(tracks, &entry->low, &entry->high);", ";"),
    "what is due stays": Fault("worker/run.c", "entry->matters_due_ms = tracks_due_ms(tracks);", ";"),
    "nothing is due": Fault("worker/run.c", "if (account->as_of_ms >= tracks->until_ms) return false;", ";"),
    "a bound is passed once": Fault("worker/tracks.c", "tracks->score = look->score;", ";"),
    "an MRR of 0 is no news": Fault("worker/run.c", "if (tracks->awaits_mrr && ", "if (false && "),
    "other rules have no band": Fault("worker/run.c", "tracks->low <= now->value && now->value < tracks->high", "true"),
}
"""Of what the loop does in place of looks."""


class Builder:
    """Builds the kernel into a folder, and again with one file changed."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            FileNotFoundError: without a compiler.
        """
        self._folder = folder
        sources = sorted(NATIVE.glob("*/*.c"))
        self._objects = {source: self._compiled(source, source) for source in sources}

    def built(self, fault: Fault) -> Path:
        """The extension with a fault, or with none where what is right stands for what is wrong."""
        source = NATIVE / fault.file
        text = source.read_text()
        assert text.count(fault.right) == 1, f"{fault.file} has not one place with {fault.right!r} any more"
        changed = self._folder / f"changed-{source.name}"
        changed.write_text(text.replace(fault.right, fault.wrong))
        objects = {**self._objects, source: self._compiled(changed, source)}
        library = self._folder / f"{source.stem}.so"
        subprocess.run(["cc", "-shared", *map(str, objects.values()), "-lm", "-o", str(library)], check=True)
        return library

    def _compiled(self, file: Path, source: Path) -> Path:
        """The object of a file that stands for `source`, whose headers it finds."""
        made = self._folder / f"{source.parent.name}-{file.stem}.o"
        include = f"-I{sysconfig.get_paths()['include']}"
        subprocess.run(["cc", *FLAGS, include, "-iquote", str(source.parent), str(file), "-o", str(made)], check=True)
        return made


def finds(library: Path, floods: str) -> str:
    """What floods with this extension say: the first difference, or the signal that ended them; "" for none.

    Raises:
        AssertionError: when they ended in another way.
    """
    command = [sys.executable, "-m", "tests.kernel.mutants", str(library), floods]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode < 0:
        return f"ended by signal {-ended.returncode}"
    assert (ended.returncode == 1) == ended.stdout.startswith("seed "), ended.stdout + ended.stderr
    return ended.stdout.strip()


def main() -> int:
    spec = importlib.util.spec_from_file_location(MODULE, sys.argv[1])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[MODULE] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from tests.kernel.engine.test_track_floods import live
    from tests.kernel.flood import flood

    is_of_fold = sys.argv[2] == "fold"
    for seed in SEEDS if is_of_fold else TRACK_SEEDS:
        try:
            flood(seed, EVENTS) if is_of_fold else live(seed)
        except AssertionError as difference:
            print(f"seed {seed}: {difference}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
