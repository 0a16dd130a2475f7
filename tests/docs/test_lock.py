"""The lock file: one version for each package that `pyproject.toml` asks for, from no particular registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "requirements-dev.lock").read_text("utf-8").splitlines() if not line.startswith("#")]
LOCKED = {canonicalize_name(each.name): each for each in map(Requirement, LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ASKED = [*PROJECT["dependencies"], *(each for extra in PROJECT["optional-dependencies"].values() for each in extra)]


@pytest.mark.parametrize("asked", ASKED)
def test_what_the_project_asks_for_is_locked_within_its_bounds(asked: str) -> None:
    """Where this fails after a change of `pyproject.toml`: `make lock`."""
    wanted = Requirement(asked)
    (version,) = LOCKED[canonicalize_name(wanted.name)].specifier
    assert version.operator == "=="
    assert wanted.specifier.contains(version.version)


def test_no_registry_is_named_and_every_package_once_for_each_python() -> None:
    found = {(canonicalize_name(each.name), str(each.marker)) for each in map(Requirement, LINES)}
    assert len(found) == len(LINES)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line) for line in LINES)


def test_the_makefile_and_the_image_install_what_is_locked() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = re.findall(r"pip install .*-e '\.\[.*", makefile)
    assert len(installs) == 2
    assert all("-c $(LOCK)" in install for install in installs)
    assert "--constraint requirements-dev.lock" in (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
