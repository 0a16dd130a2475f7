"""What `vitals calibrate` prints."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, plain
from scoring.plurals import counted
from streams.backtest.estimate import Estimate
from streams.backtest.reading import number, percent
from streams.calibrate.report import Calibrated
from streams.errors import UserError
from vitals.commands.output import console

_EVERY = 10.0


def print_calibrated(found: Calibrated) -> None:
    """Print a calibration for people.

    Raises:
        UserError: when there were too few outcomes; it says how many are missing.
    """
    if found.missing:
        raise UserError(
            f"Too little data for {found.outcome} within {found.horizon_days} days: {'; '.join(found.missing)}. Give a "
            f"longer history, a longer --horizon, or --labels."
        )
    screen = console()
    name = plain(found.model, NAME_LIMIT)
    screen.print(
        Text(
            f"{name} version {found.version}, {found.outcome} within {found.horizon_days} days: "
            f"{counted(found.accounts, 'accounts')} at {counted(found.instants, 'instants')} until {found.until}, "
            f"{counted(found.outcome_accounts, 'accounts')} with {found.outcome}. ROC-AUC {number(found.auc)}."
        )
    )
    if not found.curve:
        screen.print(Text(f"{found.curve_words[:1].upper()}{found.curve_words[1:]}."), style="yellow")
        return
    if found.weights:
        screen.print(_weights(found))
    if found.weights_words:
        screen.print(Text(f"{found.weights_words[:1].upper()}{found.weights_words[1:]}."))
    _gain(screen, found)
    screen.print(_curve(found))
    screen.print(Text(f"Method: {found.curve_words}."))
    if found.thresholds:
        screen.print(_thresholds(found))
    if found.bounds_words:
        screen.print(Text(f"{found.bounds_words[:1].upper()}{found.bounds_words[1:]}."), style="yellow")
    if found.diff:
        screen.print("\nProposed; the model itself is as it was. --write FILE makes a new file of it.\n")
        screen.print(Text(found.diff), soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, justify="left" if column in ("component", "goal") else "right")
    return table


def _curve(found: Calibrated) -> Table:
    stays = {"churn": "renewal", "non-renewal": "renewal"}.get(found.outcome, f"no {found.outcome}")
    under = ", under the proposed weights" if found.gain is not None and found.gain.is_worth_it else ""
    title = f"Probability of {found.outcome} within {found.horizon_days} days{under}"
    table = _table(title, "score", found.outcome, stays)
    for point in found.curve:
        if point.score % _EVERY == 0.0:
            table.add_row(
                f"{point.score:g}",
                percent(Estimate(point.probability, point.low, point.high)),
                percent(Estimate(1.0 - point.probability, 1.0 - point.high, 1.0 - point.low)),
            )
    return table


def _thresholds(found: Calibrated) -> Table:
    table = _table("Bounds for goals", "goal", "below, now", "below, then", "flags", "catches", "of those flagged")
    for each in found.thresholds:
        bound = each.bound
        table.add_row(
            Text(plain(each.goal.words, NAME_LIMIT)),
            f"{each.now:g}",
            f"{bound.value:g} ({bound.low:.1f} to {bound.high:.1f})" if each.is_reached else "not reachable",
            *map(percent, (each.share_flagged, each.recall, each.precision)),
        )
    return table


def _weights(found: Calibrated) -> Table:
    table = _table("Weights", "component", "now", "the data alone", "proposed")
    for each in found.weights:
        said = each.data
        is_known = said.low is not None and said.high is not None
        table.add_row(
            Text(plain(each.component, NAME_LIMIT)),
            f"{each.now:g}",
            f"{said.value:.0f} ({said.low:.0f} to {said.high:.0f})" if is_known else "nothing",
            f"{each.proposed:g}",
        )
    return table


def _gain(screen: Console, found: Calibrated) -> None:
    tried = found.gain
    if tried is None:
        return
    screen.print(
        Text(
            f"On later instants: ROC-AUC {number(tried.auc_now)} now, {number(tried.auc_then)} then. With "
            f"{100 * tried.share_flagged:.1f} % flagged, {percent(tried.recall_now)} caught now, "
            f"{percent(tried.recall_then)} then; the difference is {percent(tried.recall_gain)}."
        )
    )
