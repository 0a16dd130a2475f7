"""Tables and texts of the page. What comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from alerts.text import WORDS_LIMIT, plain
from streams.backtest.estimate import Estimate
from streams.backtest.reading import number, percent

CLASS = {"skill": "good", "no skill": "bad", "worse than chance": "bad", "too few outcomes": "unsure"}
"""The style of each verdict."""
Cell = str | Estimate
"""A cell: HTML, or a figure whose interval stands below it. The first cell of a row is text."""


def text(words: str) -> str:
    return escape(plain(words, 10 * WORDS_LIMIT)).replace(" %", "&nbsp;%")


def share(figure: Estimate) -> str:
    """A share as a cell, its interval below it."""
    return _cell(percent(figure))


def _cell(words: str) -> str:
    value, _, interval = words.partition(" (")
    return f"{escape(value)}<small>{escape(interval.rstrip(')'))}</small>" if interval else escape(value)


def table(caption: str, head: Sequence[str], rows: Sequence[tuple[Cell, ...]], is_self: int = -1) -> str:
    top = "".join(f'<th scope="col">{text(each)}</th>' for each in head)
    body = "".join(
        f"<tr{' class=self' if index == is_self else ''}><td>{text(str(first))}</td>"
        + "".join(f"<td>{each if isinstance(each, str) else figure_cell(each)}</td>" for each in others)
        + "</tr>"
        for index, (first, *others) in enumerate(rows)
    )
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def figure_cell(figure: Estimate) -> str:
    value, _, interval = number(figure).partition(", ")
    return f"{value}<small>{interval}</small>" if interval else value


def details(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
