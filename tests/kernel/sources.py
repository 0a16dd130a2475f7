"""The C files of the kernel."""

from __future__ import annotations

from pathlib import Path

NATIVE = Path(__file__).parents[2] / "streams" / "kernel" / "native"


def knows_python(path: Path) -> bool:
    """Whether a file is one of the extension's own: their folders' names begin with `module`."""
    return path.parent.name.startswith("module")


def sources_without_python() -> list[Path]:
    """All others: what a program without Python is built of."""
    return sorted(path for path in NATIVE.glob("*/*.c") if not knows_python(path))
