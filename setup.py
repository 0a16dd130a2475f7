"""The build: the kernel, where there is a C compiler. All else is in `pyproject.toml`."""

from __future__ import annotations

from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
NATIVE = ROOT / "streams" / "kernel" / "native"
KERNEL_FLAGS = ("-std=gnu11", "-O2", "-g0", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden")
"""Without contraction a product and a sum are rounded each for itself, as Python's are, on every processor."""


def kernel() -> Extension:
    """The kernel, in C; without a compiler it is left out, and all runs on the reference, with the same answers."""
    files = [path.relative_to(ROOT).as_posix() for path in sorted(NATIVE.glob("*/*.[ch]"))]
    return Extension(
        "streams.kernel._native",
        [file for file in files if file.endswith(".c")],
        depends=[file for file in files if file.endswith(".h")],
        extra_compile_args=list(KERNEL_FLAGS),
        libraries=["m"],
        optional=True,
    )


setup(ext_modules=[kernel()])
