"""What is shipped: the sdist and the wheel, built in a folder with a space, and the wheel in a venv of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from streams.operations.version import DISTRIBUTION, UNKNOWN
from tests.support.shared_data import shared

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = f"vitals {PROJECT['version']}\n"
SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "scoring", "alerts", "streams", "vitals")
BUILD = "import sys; from setuptools import build_meta as b; to = sys.argv[1]; b.build_sdist(to); b.build_wheel(to)"
HAS_COMPILER = shutil.which("cc") is not None
MINE = {name: value for name, value in os.environ.items() if not name.startswith(("VITALS_", "PYTHON", "PIP_"))}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    done = subprocess.run(command, cwd=cwd, env=MINE | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, built from a copy: a checkout is not written to."""
    copy = tmp_path_factory.mktemp("my sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    made = tmp_path_factory.mktemp("what is built")
    run(sys.executable, "-c", BUILD, made, cwd=copy)
    return made


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a venv that holds the wheel, and sees the libraries that are installed here."""
    venv = tmp_path_factory.mktemp("a venv") / "it's mine"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=built)
    python = venv / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    install = ("install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", wheel)
    run(sys.executable, "-m", "pip", "--python", python, *install, cwd=built)
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=built).strip()
    Path(packages, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin"


def test_the_distribution_is_called_as_no_other_is_and_installs_the_command(built: Path) -> None:
    stem = DISTRIBUTION.replace("-", "_")
    assert PROJECT["name"] == DISTRIBUTION
    (wheel,) = built.glob("*.whl")  # of this platform, for it has the kernel
    assert {path.name for path in built.iterdir()} == {f"{stem}-{PROJECT['version']}.tar.gz", wheel.name}
    assert wheel.name.startswith(f"{stem}-{PROJECT['version']}-cp{sys.version_info.major}{sys.version_info.minor}-")


def test_the_wheel_and_the_sdist_hold_every_module_and_every_preset(built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    expected = {
        path.relative_to(ROOT).as_posix()
        for room in ("scoring", "alerts", "streams", "vitals")
        for pattern in ("*.py", "*.pyi", "*.c", "*.h", "*.toml", "*.html", "py.typed")
        for path in (ROOT / room).rglob(pattern)
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as source:
        sources = {name.partition("/")[2] for name in source.getnames()}
    kernel = f"streams/kernel/_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    assert shipped == expected | ({kernel} if HAS_COMPILER else set())
    assert expected | {"setup.py", "pyproject.toml", "LICENSE"} <= sources


def test_installed_it_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    events = shared("cases/no-errors-feed.ndjson").resolve()
    assert run(installed / "vitals", "--version", cwd=tmp_path) == VERSION
    where = "import streams; print(streams.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", where, cwd=tmp_path)
    has_kernel = "from streams.kernel.kernel import is_built; print(is_built())"
    assert run(installed / "python", "-c", has_kernel, cwd=tmp_path) == f"{HAS_COMPILER}\n"
    assert "ok: default" in run(installed / "vitals", "model", "check", "default", cwd=tmp_path)
    replay = ("replay", events, "--model", "default", "--as-of", "2024-05-15T00:00:00Z", "--csv")
    assert run(installed / "vitals", *replay, cwd=tmp_path).startswith("as_of,account_id,")


def test_sources_that_were_never_installed_say_so_in_a_word(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    sources = tmp_path / "the sources.zip"
    with zipfile.ZipFile(wheel) as shipped, zipfile.ZipFile(sources, "w") as archive:
        for name in shipped.namelist():
            if ".dist-info/" not in name:
                archive.writestr(name, shipped.read(name))
    # The libraries without the metadata of our own.
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("account_vitals", "__editable__")):
            (tmp_path / path.name).symlink_to(path)
    both = os.pathsep.join([str(sources), str(tmp_path)])
    python = (sys.executable, "-S", "-m", "vitals")
    assert run(*python, "--version", cwd=Path("/"), PYTHONPATH=both) == f"vitals {UNKNOWN}\n"
    assert "ok: default" in run(*python, "model", "check", "default", cwd=Path("/"), PYTHONPATH=both)
