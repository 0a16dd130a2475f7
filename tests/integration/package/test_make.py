"""`make up` in a folder whose name a shell would take apart. What pip would install and compile is already there."""

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
MINE = {name: value for name, value in os.environ.items() if not name.startswith(("VITALS_", "PYTHON", "MAKE"))}


@pytest.fixture(params=["my projects", "it's 5 $HOME (old) & é"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the sources, with a venv that sees the libraries of this one, and all that `make up` needs is made."""
    folder: Path = tmp_path / request.param / "vitals"
    folder.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock", "setup.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in PACKAGES:
        for to in (folder, folder / "build" / "compiled"):
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], env=MINE, check=True)
    (packages,) = (folder / ".venv").glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for stamp, text in ((".venv/.installed", f"{folder.resolve()}\n"), ("build/compiled/.done", "")):
        (folder / stamp).write_text(text)
    return folder


def test_up_and_down_work_in_a_folder_of_any_name(checkout: Path) -> None:
    def make(*arguments: str) -> str:
        done = subprocess.run(
            ["make", *arguments],
            cwd=checkout,
            env=MINE | {"VITALS_GATEWAY_PORT": str(free_port())},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = make("up", "ARGS=--seconds 4 --accounts 2")
    assert "worker: http://" in said
    assert said.splitlines()[-1] == "Stopped."
    # What ran is what was compiled, not the sources beside it.
    assert list((checkout / "build" / "compiled" / "vitals" / "local").glob("__pycache__/up.*"))
    assert not list((checkout / "vitals" / "local").glob("__pycache__/up.*"))
    assert make("down") == "Vitals is not running here.\n"
