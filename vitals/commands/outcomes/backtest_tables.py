"""What `vitals backtest` prints on a terminal: the first line, tables, and the report read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.plurals import counted
from streams.backtest.outcomes import Note
from streams.backtest.reading import days, headline, number, percent
from streams.backtest.report import Horizon, ModelReport, Report
from vitals.commands.output import console
from vitals.commands.tier_shares import tier_shares_note

_STYLES = {"skill": "green", "no skill": "bold red", "worse than chance": "bold red", "too few outcomes": "yellow"}


def print_report(report: Report) -> None:
    """Print all of it on standard output."""
    screen = console()
    style = next((style for verdict, style in _STYLES.items() if report.says.startswith(verdict)), "")
    screen.print(Text(_safe(report.says), style=style))
    screen.print(Text(_about(report)))
    for each in report.notes:
        screen.print(Text(_note(each), style="yellow"))
    for model in report.models:
        _print_model(screen, report, model)
    if report.yardsticks:
        screen.print(_yardsticks(report))
    if report.comparisons:
        screen.print(_comparisons(report))
    _print_sentences(screen, "What may be concluded", report.may)
    _print_sentences(screen, "What may not", report.may_not)
    screen.file.flush()


def _safe(text: str) -> str:
    return plain(text, 10 * WORDS_LIMIT)


def _about(report: Report) -> str:
    return (
        f"{counted(report.accounts, 'accounts')} from {report.first_event} to {report.observed_until}, "
        f"{report.churned:,} with an outcome: {_safe(report.definition)}. "
        f"{counted(len(report.instants), 'instants')}, accounts of {report.min_age_days:g} days or more; "
        f"{report.arrival}. Intervals hold 95 %, by {report.draws:,} draws over accounts, --seed {report.seed}."
    )


def _note(each: Note) -> str:
    named = ", ".join(plain(name, NAME_LIMIT) for name in each.accounts)
    more = ", …" if each.count > len(each.accounts) else ""
    return f"{_safe(each.words)}{f' ({named}{more})' if named else ''}."


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", min_width=min(len(title), 100))
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", overflow="fold")
    return table


def _print_model(screen: Console, report: Report, model: ModelReport) -> None:
    name = f"{plain(model.model, NAME_LIMIT)} version {model.version}"
    screen.print()
    screen.print(_horizons(name, model.horizons))
    screen.print(_flags(name, headline(model)))
    found = headline(model)
    if found.probability is not None:
        screen.print(_reliability(name, found))
    if model.lead_times:
        screen.print(_lead_times(name, model))
    if model.alerts:
        screen.print(_alerts(name, model))
    if model.segments:
        screen.print(_segments(name, model, found.days))
    tiers = ", ".join(f"{plain(tier, NAME_LIMIT)} {100 * part:.0f} %" for tier, part in model.tiers.items())
    left_out = "; ".join(f"{each.rows:,} rows: {each.words}" for each in model.excluded if each.rows)
    screen.print(Text(f"Tiers: {tiers}. Left out: {left_out or 'nothing'}."))
    if note := tier_shares_note([(tier, round(part * found.rows)) for tier, part in model.tiers.items()]):
        screen.print(Text(note, style="yellow"))


def _horizons(name: str, horizons: Sequence[Horizon]) -> Table:
    columns = ("accounts", "rows", "churned", "base rate", "ROC-AUC", "PR-AUC", "Brier", "Brier skill", "says")
    table = _table(f"{name}: by days ahead", "days", *columns)
    for each in horizons:
        given = each.probability
        table.add_row(
            str(each.days),
            f"{each.accounts:,}",
            f"{each.rows:,}",
            f"{each.churned_accounts:,}",
            percent(each.base_rate),
            number(each.roc_auc),
            number(each.pr_auc),
            "–" if given is None or given.brier.value is None else f"{given.brier.value:.4f}",
            "–" if given is None else percent(given.skill),
            Text(each.verdict, style=_STYLES[each.verdict]),
        )
    return table


def _flags(name: str, found: Horizon) -> Table:
    table = _table(f"{name}: flags, {found.days} days ahead", "flag", "flagged", "recall", "precision", "lift")
    for each in found.flagged:
        cells = (percent(each.share_flagged), percent(each.recall), percent(each.precision), number(each.lift))
        table.add_row(plain(each.flag, NAME_LIMIT), *cells)
    return table


def _reliability(name: str, found: Horizon) -> Table:
    given = found.probability
    assert given is not None
    parts = ((given.miscalibration, "miscalibration"), (given.discrimination, "discrimination"))
    words = ", ".join(f"{part} {each.value:.4f}" for each, part in parts if each.value is not None)
    title = f"{name}: reliability by tenth, {found.days} days ahead ({given.calibration}; {words})"
    table = _table(title, "score", "rows", "probability", "churned")
    for each in given.reliability:
        scores = f"{each.score_from:.1f} to {each.score_to:.1f}"
        table.add_row(scores, f"{each.rows:,}", f"{100 * each.predicted:.1f} %", percent(each.observed))
    return table


def _lead_times(name: str, model: ModelReport) -> Table:
    title = f"{name}: days from the first flag that held until the outcome"
    ahead = [f"{each.days} days or more" for each in model.lead_times[0].ahead]
    table = _table(title, "flag", "churned", "caught", "p25", "p50", "p75", *ahead)
    for each in model.lead_times:
        cells = [percent(each.share_caught), days(each.p25), days(each.p50), days(each.p75)]
        cells += [percent(part.share) for part in each.ahead]
        table.add_row(plain(each.flag, NAME_LIMIT), f"{each.churned:,}", *cells)
    return table


def _alerts(name: str, model: ModelReport) -> Table:
    shown = [each.days for each in model.horizons]
    table = _table(
        f"{name}: share of alerts that an outcome followed",
        "rule",
        "alerts",
        "an account and month",
        *map(_ahead, shown),
    )
    for rule in dict.fromkeys(each.rule for each in model.alerts):
        by_days = {each.days: each for each in model.alerts if each.rule == rule}
        first = by_days[shown[0]]
        cells = (percent(by_days[each].precision) for each in shown)
        table.add_row(plain(rule, NAME_LIMIT), f"{first.alerts:,}", number(first.per_account_month), *cells)
    return table


def _ahead(number_of_days: int) -> str:
    return f"within {number_of_days} days"


def _segments(name: str, model: ModelReport, ahead: int) -> Table:
    title = f"{name}: by segment, {ahead} days ahead"
    table = _table(title, "segment", "accounts", "churned", "base rate", "ROC-AUC", "flagged", "recall")
    for each in model.segments:
        found = next(horizon for horizon in each.horizons if horizon.days == ahead)
        flag = found.flagged[0]
        table.add_row(
            plain(each.segment or "(none)", NAME_LIMIT),
            f"{found.accounts:,}",
            f"{found.churned_accounts:,}",
            percent(found.base_rate),
            number(found.roc_auc),
            percent(flag.share_flagged),
            percent(flag.recall),
        )
    return table


def _yardsticks(report: Report) -> Table:
    found = headline(report.models[0])
    model = plain(report.models[0].model, NAME_LIMIT)
    title = f"Plain yardsticks on the rows of {model}, {found.days} days ahead"
    table = _table(title, "yardstick", "ROC-AUC", "PR-AUC", "recall at the same share flagged")
    score = found.flagged[0]
    table.add_row(f"{model} itself", number(found.roc_auc), number(found.pr_auc), percent(score.recall), style="bold")
    for each in report.yardsticks:
        if each.days == found.days:
            table.add_row(each.label, number(each.roc_auc), number(each.pr_auc), percent(each.recall))
    return table


def _comparisons(report: Report) -> Table:
    shown = list(dict.fromkeys(each.days for each in report.comparisons))
    columns = [_ahead(each) for each in shown]
    table = _table("How much greater the ROC-AUC of the first model is, on common rows", "models", *columns)
    pairs = dict.fromkeys((each.model, each.other) for each in report.comparisons)
    for pair in pairs:
        found = {each.days: each for each in report.comparisons if (each.model, each.other) == pair}
        names = " against ".join(plain(name, NAME_LIMIT) for name in pair)
        table.add_row(names, *(number(found[each].roc_auc_difference) for each in shown))
    return table


def _print_sentences(screen: Console, title: str, sentences: Iterable[str]) -> None:
    screen.print()
    screen.print(Text(title, style="bold"))
    for sentence in sentences:
        screen.print(Padding(Text(f"• {_safe(sentence)}"), (0, 0, 0, 1)))
