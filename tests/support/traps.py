"""A working directory full of modules with the names of ours, of the standard library's and of libraries'."""

from __future__ import annotations

from pathlib import Path

PACKAGES = ("streams", "scoring", "alerts", "vitals", "tests", "dashboard", "rich", "redis", "typer", "msgspec")
MODULES = (
    "types",
    "json",
    "typing",
    "enum",
    "asyncio",
    "logging",
    "faust",
    "mode",
    "aiokafka",
    "sitecustomize",
    "site",
)
TRAP = "raise SystemExit('trap: ' + __file__)\n"


def lay_traps(folder: Path) -> None:
    """Make `folder`, in which whatever is imported by mistake ends the process with a line that says «trap»."""
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(TRAP)
    for name in MODULES:
        (folder / f"{name}.py").write_text(TRAP)
