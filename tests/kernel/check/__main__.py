"""`python -m tests.kernel.check [--arm] [--lives N]`: builds the kernel without Python, and folds recorded lives.

Under address and undefined-behaviour sanitizers, with a search for leaks; with `--arm` for ARM64, run by qemu.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kernel.check.recording import recording
from tests.kernel.sources import sources_without_python

ROOT = Path(__file__).parents[3]
MADE = ROOT / "build" / "check"
FLAGS = ("-std=gnu11", "-O2", "-g", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror")
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
DEBIAN = " (Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
ARM_COMPILER, ARM_RUNNER = "aarch64-linux-gnu-gcc", "qemu-aarch64"


def build(compiler: str, flags: tuple[str, ...]) -> Path:
    """The program, built with a compiler."""
    sources = [*sources_without_python(), Path(__file__).with_name("check.c")]
    program = MADE / f"check-{compiler}"
    subprocess.run([compiler, *FLAGS, *flags, *sources, "-lm", "-o", str(program)], check=True)
    return program


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kernel.check", description=__doc__)
    parser.add_argument("--arm", action="store_true", help="for ARM64, run by qemu")
    parser.add_argument("--lives", type=int, default=40, metavar="N", help="how many lives, of 200 events each")
    given = parser.parse_args()
    needed = (ARM_COMPILER, ARM_RUNNER) if given.arm else ("cc",)
    if missing := [name for name in needed if not shutil.which(name)]:
        print(f"Install {' and '.join(missing)} first{DEBIAN if given.arm else ''}.")
        return 2
    MADE.mkdir(parents=True, exist_ok=True)
    program = build(needed[0], ("-static",) if given.arm else SANITIZED)
    lives = []
    for seed in range(given.lives):
        lives.append(MADE / f"{seed}.life")
        lives[-1].write_bytes(recording(seed, 200))
    return subprocess.run([*needed[1:], str(program), *map(str, lives)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
