"""The table as Markdown, as docs/alerts.md has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.alerts.measure import Line

_HEAD = (
    *("model", "rules", "messages", "an account and month", "alerts", "followed by churn in 60 days"),
    *("churns caught", "time flagged", "days before, median", "not told, by reason"),
)


def markdown_of(lines: Sequence[Line]) -> str:
    """One row a line."""
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _row(line: Line) -> tuple[str, ...]:
    report = line.report
    precision = "–" if report.precision is None else f"{report.followed:,} of {report.judged:,} ({_share(line)})"
    return (
        f"`{line.model}`",
        line.variant,
        f"{line.messages:,}",
        f"{_a_month(line):.2f}",
        f"{report.alerts:,}",
        precision,
        f"{report.caught} of {report.churned}",
        f"{report.share_flagged:.0%}",
        "–" if report.lead_days is None else f"{report.lead_days.p50:.0f}",
        ", ".join(_reasons(line.suppressed.items())) or "–",
    )


def _a_month(line: Line) -> float:
    """Messages an account and 30 days: the told steps' share of them is known."""
    report = line.report
    if not report.messages:
        return 0.0
    return report.messages_an_account_and_month * line.messages / report.messages


def _share(line: Line) -> str:
    precision = line.report.precision
    return "–" if precision is None else f"{precision.value:.0%}"


def _reasons(counts: Iterable[tuple[str, int]]) -> Iterator[str]:
    for reason, count in sorted(counts, key=lambda each: -each[1]):
        yield f"{reason} {count:,}"
