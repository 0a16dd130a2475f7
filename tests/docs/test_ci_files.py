"""The hosted run, the hooks before a commit and `make check` do the same, and need nothing secret."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW_TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
JOB: dict[str, Any] = yaml.safe_load(WORKFLOW_TEXT)["jobs"]["run"]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_the_hosted_run_is_the_script_and_nothing_beside_it() -> None:
    assert [step["run"] for step in JOB["steps"] if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "secrets." not in WORKFLOW_TEXT
    assert yaml.safe_load(WORKFLOW_TEXT)["permissions"] == {"contents": "read"}


def test_the_hosted_run_begins_with_the_oldest_python_that_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f">={JOB['strategy']['matrix']['python'][0]}" == project["requires-python"]


def test_what_is_cached_and_hashed_is_a_file_of_ours() -> None:
    named = [*re.findall(r"hashFiles\('(.+?)'\)", WORKFLOW_TEXT), *re.findall(r"dependency-path: (.+)", WORKFLOW_TEXT)]
    assert len(named) == 2
    assert all((ROOT / name).is_file() for name in named)


@pytest.mark.parametrize(("said", "required"), [(None, "1"), ("1", "1"), ("0", "0")])
def test_shared_data_is_required_unless_the_machine_says_that_it_has_none(said: str | None, required: str) -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    export = next(line for line in script.splitlines() if line.startswith("export"))
    environment = {} if said is None else {"VITALS_REQUIRE_SHARED": said}
    command = ["bash", "-euc", f'{export}; echo "$VITALS_REQUIRE_KAFKA $VITALS_REQUIRE_SHARED"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", required]


def test_each_hook_is_a_command_of_make_check() -> None:
    check = re.findall(
        r"\$\(BIN\)/(ruff \S+(?: --check)?|mypy)", MAKEFILE.partition("\ncheck:")[2].partition("\n\n")[0]
    )
    hooks = [hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude") for hook in HOOKS]
    assert hooks == check
    assert len(hooks) == 3
