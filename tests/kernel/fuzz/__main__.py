"""`python -m tests.kernel.fuzz [TARGET ...] [--seconds N]`: feeds odd bytes to the kernel's readers.

With clang by libFuzzer, guided by coverage; else by changes at random. Under address and undefined-behaviour
sanitizers. What it found so far stays in `build/fuzz`, and is where the next run begins.
"""

from __future__ import annotations

import argparse
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from bench.events import make_events
from scoring.event.topics import INPUT_TOPICS
from scoring.fold.fold import apply
from scoring.model.extension import preset
from scoring.model.loader import PRESETS, load_model
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.changelog import records
from streams.changelog.own_records import name_of_key
from streams.kernel.effects import packed_event
from streams.kernel.routes import decoder_tables, route_tables
from streams.kernel.tables import tables_of
from tests.kernel.decoding.decoded import NOW_MS, names_in
from tests.kernel.decoding.odd_messages import OddMessages
from tests.kernel.decoding.test_batches import a_batch
from tests.kernel.records.reads import written
from tests.kernel.sources import sources_without_python
from tests.support.vendor_samples import SAMPLES, value_of

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
KEPT = ROOT / "build" / "fuzz"
TARGETS = ("decoder", "routes", "batches", "plans", "events", "records")
FLAGS = ("-std=gnu11", "-O1", "-g", "-fno-sanitize-recover=all", "-ffp-contract=off")
OF_PLAN = ("events", "records")
LONGEST = {"decoder": 4_096, "routes": 4_096, "batches": 4_096, "plans": 20_000, "events": 8_000, "records": 8_000}


def plan() -> Plan:
    return Plan(load_model(preset("default")))


def routes_of(plan: Plan) -> list[bytes]:
    """Every route that differs."""
    routes = {route_tables(plan, topic, name) for topic in INPUT_TOPICS for name in (*names_in(plan), "login")}
    return sorted(routes)


def first_inputs(target: str, plan: Plan) -> Iterator[bytes]:
    """What the first run begins with."""
    if target == "routes":
        yield from [decoder_tables(plan), *routes_of(plan)]
    elif target == "plans":
        yield from [tables_of(Plan(load_model(preset(name)))) for name in PRESETS]
    elif target == "events":
        yield from lives(plan)
    elif target == "records":
        yield from accounts(plan)
    elif target == "batches":
        yield from [bytes([seed % 2]) + a_batch(seed) for seed in range(40)]
    else:
        odd = OddMessages(1, names_in(plan), plan.decoder.names)
        yield from [bytes([INPUT_TOPICS.index(each.topic)]) + each.value for each in make_events(200, 9, NOW_MS)]
        yield from [bytes([INPUT_TOPICS.index(each.topic)]) + value_of(each.body) for each in SAMPLES]
        yield from [bytes([number % 4]) + odd.message() for number in range(600)]


def lives(plan: Plan) -> Iterator[bytes]:
    """Some packed events each, with its length in two bytes before each of them."""
    events = [plan.decoder.decode(each.topic, each.value, 0, NOW_MS) for each in make_events(400, 2, NOW_MS)]
    packed = [packed_event(plan, event) for event in events]
    for first in range(0, len(packed), 8):
        yield b"".join([struct.pack("<H", len(each)) + each for each in packed[first : first + 8]])


def accounts(plan: Plan) -> Iterator[bytes]:
    """The records of an account each: their length in two bytes, of an own record its kind and number, its bytes."""
    for seed in range(12):
        account = Account(plan.sizes, NOW_MS)
        for each in make_events(60 + 40 * seed, 1 + seed, NOW_MS):
            apply(plan, account, plan.decoder.decode(each.topic, each.value, 0, NOW_MS), NOW_MS)
        for small in (None, False, True):
            head, others = written(plan, account, small)
            reader = records.split_head(head)[1]
            parts = [head[reader.at : reader.end]]
            for key, value in others.items():
                body = records.checked_body(value)
                name = name_of_key(records.parse_key(key))
                parts.append(struct.pack("<BQ", name & 3, name >> 2) + value[body.at : body.end])
            yield b"".join([struct.pack("<H", len(part)) + part for part in parts])


def build(target: str) -> tuple[Path, bool]:
    """The program of a target, and whether it is libFuzzer's."""
    program = KEPT / f"{target}.bin"
    sources = [HERE / f"{target}.c", *sources_without_python()]
    is_guided = shutil.which("clang") is not None
    compiler = ["clang", "-fsanitize=fuzzer,address,undefined"] if is_guided else ["cc", "-fsanitize=address,undefined"]
    more = [] if is_guided else [HERE / "driver.c"]
    subprocess.run([*compiler, *FLAGS, "-o", program, *sources, *more], check=True)
    return program, is_guided


def fuzz(target: str, seconds: int, plan: Plan) -> int:
    """The exit code of a run; not 0 when something was found."""
    program, is_guided = build(target)
    inputs = KEPT / target
    inputs.mkdir(exist_ok=True)
    for content in first_inputs(target, plan):
        (inputs / sha256(content).hexdigest()[:16]).write_bytes(content)
    environment = {**os.environ, "VITALS_FUZZ_TABLES": str(KEPT / ("plan" if target in OF_PLAN else "tables"))}
    command: Sequence[str | Path] = (
        [program, f"-max_total_time={seconds}", f"-max_len={LONGEST[target]}", "-print_final_stats=1", inputs]
        if is_guided
        else [program, str(seconds), *inputs.iterdir()]
    )
    return subprocess.run(command, env=environment, cwd=KEPT, check=False).returncode


def write_parts(path: Path, parts: Sequence[bytes]) -> None:
    """A file of parts, as `tables_file.h` reads it."""
    path.write_bytes(b"".join([struct.pack("<Q", len(part)) + part for part in parts]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kernel.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target")
    given = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    model = plan()
    write_parts(KEPT / "tables", [decoder_tables(model), *routes_of(model)])
    write_parts(KEPT / "plan", [tables_of(model)])
    return max(fuzz(target, given.seconds, model) for target in given.targets)


if __name__ == "__main__":
    sys.exit(main())
