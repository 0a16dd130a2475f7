"""Rules by name or path."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.alert_files import examine_rules, read_rules, rules_text
from streams.errors import UserError
from tests.support.alerting.rule_file import TEXT, changed, the_model


def test_a_name_is_what_ships_and_anything_else_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, "utf-8")
    assert read_rules("default", the_model()).header.name == "default"
    assert read_rules(str(path), the_model()).header.name == "ours"
    assert rules_text(str(path)) == TEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty: give the path of a TOML file."),
        (b"\xff\xfe[", "cannot be read"),
        (b"#" * 1_000_001, "has more than 1,000,000 bytes: give the path of a TOML file with a rule file in it."),
    ],
)
def test_what_is_no_text_says_so(tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text)
    with pytest.raises(UserError, match=f"The rule file '{path}' {words}"):
        read_rules(str(path), the_model())


def test_a_missing_file_says_what_there_is() -> None:
    with pytest.raises(UserError, match=r"There is no rule file 'no\.toml'.* Use one of default, .*or give the path"):
        read_rules("no.toml", the_model())


def test_what_could_never_be_sent_is_examined_but_not_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(changed("points = 15", "points = 99"), "utf-8")
    assert [each.key for each in examine_rules(str(path), the_model()).findings] == ["rules.drop.points"]
    with pytest.raises(UserError, match=r"mine\.toml: line \d+: rules\.drop\.points: "):
        read_rules(str(path), the_model())
