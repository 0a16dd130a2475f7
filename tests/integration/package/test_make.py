"""`make up` in a folder whose name a shell would take apart. What pip would install is there; the kernel is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from vitals.local.embedded import free_port

ROOT = Path(__file__).parents[3]
PACKAGES = ("scoring", "alerts", "streams", "dashboard", "vitals")
HAS_COMPILER = shutil.which("cc") is not None
MINE = {name: value for name, value in os.environ.items() if not name.startswith(("VITALS_", "PYTHON", "MAKE"))}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, with a venv that sees the libraries of this one."""
    folder = tmp_path / "it's 5 $HOME (old) & é" / "vitals"
    folder.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock", "setup.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], env=MINE, check=True)
    (packages,) = (folder / ".venv").glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / ".venv" / ".installed").write_text(f"{folder.resolve()}\n")
    return folder


def test_up_and_down_work_in_a_folder_of_any_name(checkout: Path) -> None:
    def make(*arguments: str) -> str:
        done = subprocess.run(
            ["make", *arguments],
            cwd=checkout,
            env=MINE | {"VITALS_GATEWAY_PORT": str(free_port())},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = make("up", "ARGS=--seconds 4 --accounts 2")
    assert "worker: http://" in said
    assert said.splitlines()[-1] == "Stopped."
    assert list((checkout / "vitals" / "local").glob("__pycache__/up.*")), "the sources run in place"
    assert bool(list((checkout / "streams" / "kernel").glob("_native.*.so"))) == HAS_COMPILER
    assert make("down") == "Vitals is not running here.\n"
