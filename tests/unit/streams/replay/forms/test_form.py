"""The options that name a form."""

from __future__ import annotations

import pytest

from streams.errors import UserError
from streams.replay.forms.form import FileForm, kind_of_name, parse_form, separator_for


def test_options_make_a_form() -> None:
    assert parse_form("csv", "semicolon", "UTF8", "zip, phone") == FileForm(
        kind="csv", separator=";", encoding="utf-8", texts=("zip", "phone")
    )
    assert parse_form("", "", "", "") == FileForm()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("xml", "", "", ""), "--format 'xml' is not known"),
        (("", ";;", "", ""), "--separator ';;' cannot separate cells"),
        (("", '"', "", ""), "cannot separate cells"),
        (("", "a", "", ""), "cannot separate cells"),
        (("", "", "utf-9", ""), "--encoding 'utf-9' is not known"),
        (("", "", "base64", ""), "--encoding 'base64' is not known"),
    ],
)
def test_options_that_mean_nothing_are_errors(options: tuple[str, str, str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_form(*options)


def test_a_name_says_csv_and_its_separator_and_nothing_else() -> None:
    assert [kind_of_name(name) for name in ("a.CSV", "a.tsv.gz", "a.json", "a")] == ["csv", "csv", "ndjson", "ndjson"]
    assert separator_for(FileForm(), "a.tsv") == "\t"
    assert separator_for(FileForm(separator=";"), "a.tsv") == ";"
    assert separator_for(FileForm(), "a.csv") == ","
