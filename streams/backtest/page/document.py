"""The page: the verdicts, what may be concluded, then each model with plots and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from alerts.text import NAME_LIMIT, plain
from scoring.plurals import counted
from streams.backtest.page import charts
from streams.backtest.page.charts import Dot
from streams.backtest.page.model_part import model_part
from streams.backtest.page.style import STYLE
from streams.backtest.page.tables import CLASS, Cell, details, share, table, text
from streams.backtest.reading import area, headline
from streams.backtest.report import Horizon, ModelReport, Report

_AREA_TICKS = (
    (0.2, "0.2"),
    (0.3, "0.3"),
    (0.4, "0.4"),
    (0.5, "0.5"),
    (0.6, "0.6"),
    (0.7, "0.7"),
    (0.8, "0.8"),
    (0.9, "0.9"),
    (1.0, "1"),
)
_COLOURS = ("c0", "c1", "c2", "c3", "c4")


def page(report: Report) -> str:
    """The whole document. All text from outside is escaped."""
    models = "".join(model_part(model) for model in report.models)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Back-test: {text(', '.join(model.model for model in report.models))}</title>"
        f"<style>{STYLE}</style></head><body><main><h1>Back-test of a health score</h1>"
        f"{_verdicts(report)}{_about(report)}{_sentences(report)}{_together(report)}{models}"
        "</main></body></html>\n"
    )


def _verdicts(report: Report) -> str:
    rows = []
    for model in report.models:
        found = headline(model)
        words = "too few outcomes to say" if found.verdict == "too few outcomes" else found.verdict
        rows.append(
            f'<li><span class="{CLASS[found.verdict]}">{words}</span>: {text(model.model)}'
            f"<small>{found.days} days ahead, {escape(area(found))}</small></li>"
        )
    return f'<ul class="says">{"".join(rows)}</ul>'


def _about(report: Report) -> str:
    notes = "".join(f"<li>{text(each.words)}{_named(each.accounts, each.count)}.</li>" for each in report.notes)
    return (
        f"<p>{counted(report.accounts, 'accounts')} from {_day(report.first_event)} to {_day(report.observed_until)}, "
        f"{report.churned:,} with an outcome: {text(report.definition)}. Judged at "
        f"{counted(len(report.instants), 'instants')}, once an account was {report.min_age_days:g} days old; "
        f"{text(report.arrival)}.</p>"
        f'<p class="dim">Bars and brackets are intervals of 95 %, from {report.draws:,} draws over accounts.</p>'
        + (f'<div class="notes"><ul>{notes}</ul></div>' if notes else "")
    )


def _named(accounts: Sequence[str], count: int) -> str:
    if not accounts:
        return ""
    names = ", ".join(text(plain(name, NAME_LIMIT)) for name in accounts)
    return f" ({names}{', …' if count > len(accounts) else ''})"


def _day(instant: str) -> str:
    return escape(instant[:10])


def _sentences(report: Report) -> str:
    def items(sentences: Iterable[str]) -> str:
        return "".join(f"<li>{text(each)}</li>" for each in sentences)

    return (
        f'<div class="two"><section><h3>What may be concluded</h3><ul>{items(report.may)}</ul></section>'
        f"<section><h3>What may not</h3><ul>{items(report.may_not)}</ul></section></div>"
    )


# --- models beside each other


def _together(report: Report) -> str:
    first = headline(report.models[0])
    rows = [
        Dot(f"{model.model}, {each.days} days", each.roc_auc, _COLOURS[index % 5], f"{each.roc_auc.value or 0:.2f}")
        for index, model in enumerate(report.models)
        for each in (model.horizons if len(report.models) == 1 else [_at(model, first.days)])
    ]
    rows += [
        Dot(each.label, each.roc_auc, "plain", f"{each.roc_auc.value or 0:.2f}")
        for each in report.yardsticks
        if each.days == first.days
    ]
    plot = charts.dots("ROC-AUC of scores and of plain yardsticks", rows, _area_ticks(rows), half=0.5)
    return (
        f"<h2>Does the score rank churn?</h2><figure>{plot}<figcaption>ROC-AUC: of one account that churns and one "
        f"that stays, how often the riskier look belongs to the one that churns. The broken line is a coin. Grey are "
        f"plain yardsticks on the rows of {text(report.models[0].model)}, {first.days} days ahead; "
        f"the regression has not seen the accounts that it judges.</figcaption></figure>"
        f"{_yardsticks(report, first)}{_comparisons(report)}"
    )


def _area_ticks(rows: Sequence[Dot]) -> Sequence[tuple[float, str]]:
    low = min((row.figure.low or row.figure.value or 0.5 for row in rows if row.figure.value is not None), default=0.4)
    return [tick for tick in _AREA_TICKS if tick[0] >= min(0.4, int(10 * low) / 10)]


def _at(model: ModelReport, ahead: int) -> Horizon:
    return next(each for each in model.horizons if each.days == ahead)


def _yardsticks(report: Report, first: Horizon) -> str:
    name = report.models[0].model
    rows: list[tuple[Cell, ...]] = [(f"{name} itself", first.roc_auc, first.pr_auc, share(first.flagged[0].recall))]
    rows += [
        (each.label, each.roc_auc, each.pr_auc, share(each.recall))
        for each in report.yardsticks
        if each.days == first.days
    ]
    flag = first.flagged[0].flag
    head = ("ranked by", "ROC-AUC", "PR-AUC", f"recall where as many are flagged as are {flag}")
    return table(f"{name} beside plain yardsticks, {first.days} days ahead", head, rows, is_self=0)


def _comparisons(report: Report) -> str:
    if not report.comparisons:
        return ""
    shown = list(dict.fromkeys(each.days for each in report.comparisons))
    rows: list[tuple[Cell, ...]] = [
        (
            f"{model} against {other}",
            *(each.roc_auc_difference for each in report.comparisons if (each.model, each.other) == (model, other)),
        )
        for model, other in dict.fromkeys((each.model, each.other) for each in report.comparisons)
    ]
    head = ("difference of ROC-AUC, on common rows", *(f"{each} days" for each in shown))
    return details("Models against each other", table("", head, rows))
