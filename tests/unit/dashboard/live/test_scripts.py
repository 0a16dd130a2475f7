"""The scripts that are served: where they come from, how much they weigh, and what they must not have."""

from __future__ import annotations

import gzip
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[4] / "dashboard"
STATIC = DASHBOARD / "static"
VENDOR = STATIC / "vendor"
VENDORED = json.loads((VENDOR / "vendored.json").read_text())
WIRE_MAX_BYTES = 60_000
OWN = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_what_its_package_published(entry: dict[str, str]) -> None:
    assert sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["file"] or entry["source"] == "LICENSE"
    if entry["licence_file"]:
        assert (VENDOR / entry["licence_file"]).is_file()


def test_every_vendored_file_is_in_the_list() -> None:
    assert {entry["file"] for entry in VENDORED} == {path.name for path in VENDOR.iterdir()} - {"vendored.json"}


def test_all_script_together_is_at_most_60_kb_on_the_wire() -> None:
    """Each file apart, as it is sent; the chart's part, 26 KB of it, is loaded by an account's page alone."""
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (*OWN, *VENDOR.glob("*.js"))}
    assert len(sizes) > 8
    assert sum(sizes.values()) <= WIRE_MAX_BYTES, sizes


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_script_makes_no_code_from_text_and_no_markup_from_data(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write", text)
    assert not re.search(r'setAttribute\("(style|on)', text)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_script_imports_only_files_that_are_there(path: Path) -> None:
    for name in re.findall(r'(?:from|import\()\s*"([^"]+)"', path.read_text()):
        assert (path.parent / name).is_file(), name


def test_templates_name_no_handler_filter_or_style_that_the_policy_forbids() -> None:
    """htmx makes functions of `hx-on`, `js:` and filters of triggers; handlers in markup are not run at all."""
    forbidden = re.compile(
        r'\shx-on|="js:|\shx-boost|hx-trigger="[^"]*\[|\sstyle="|\son[a-z]+="|<script(?![^>]*(src=|json))'
    )
    templates = sorted((DASHBOARD / "templates").rglob("*.html"))
    assert templates
    assert {path.name: found.group() for path in templates if (found := forbidden.search(path.read_text()))} == {}


def test_htmx_is_configured_before_it_runs() -> None:
    text = (DASHBOARD / "templates/partials/scripts.html").read_text()
    assert text.index("htmx-config") < text.index("vendor/htmx")
    configuration = json.loads(re.findall(r"htmx-config\" content='(.*?)'", text)[0])
    assert configuration["includeIndicatorCSS"] is False
    assert configuration["history"] is False
    assert configuration["extensions"] == "sse"
    assert "style" in configuration["morphIgnore"]
