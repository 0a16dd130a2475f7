"""Slack's blocks: escapes, and what is left out when there is too much."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.sinks.slack_blocks import HEADER_LIMIT, TEXT_LIMIT, cut, escaped, link, paragraph, title, units


def test_a_paragraph_without_lines_is_none() -> None:
    assert paragraph([]) is None
    assert paragraph(["", ""]) is None


def test_a_paragraph_too_long_for_slack_says_how_much_is_missing() -> None:
    found = paragraph(["w" * 270] * 60)
    assert found is not None
    lines = found.text.text.splitlines()
    assert lines[-1] == f"… and {60 - (len(lines) - 1)} more"
    assert 2_700 < units(found.text.text) <= TEXT_LIMIT


def test_a_link_has_its_label_and_address_escaped() -> None:
    assert link("https://x.example/?a=1&b=2", "<acme>") == "<https://x.example/?a=1&amp;b=2|&lt;acme&gt;>"


@given(st.text(), st.integers(1, 200))
def test_a_cut_never_breaks_a_character(text: str, limit: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert units(cut(text, limit)) <= limit
    assert text.startswith(cut(text, limit))


@given(st.text(max_size=400))
def test_a_title_fits_and_markup_is_text(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert units(title(text).text.text) <= HEADER_LIMIT
    assert not set("<>") & set(escaped(text))
