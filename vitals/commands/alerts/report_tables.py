"""The report of alerts as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from scoring.plurals import counted
from streams.accuracy.cohorts import Rate
from streams.alerting.actions import NO_ACTION, ActionOutcome
from streams.alerting.report import ALL, FEW, AlertReport, RuleReport
from vitals.commands.alerts.list_cases import STYLES

NONE = "–"


def print_report(screen: Console, report: AlertReport) -> None:
    """The whole report: rules, suppressed decisions, actions."""
    screen.print(
        Text(
            f"{counted(report.accounts, 'accounts')} from {rfc3339(report.since_ms)} to {rfc3339(report.until_ms)}, "
            f"{report.account_months:,.0f} months of accounts. An alert was right when a cancellation followed within "
            f"{report.horizon_days:g} days: {report.definition}."
        )
    )
    screen.print(_rules_table(report.rules))
    if any(each.too_few for each in report.rules):
        screen.print(Text(f"* of fewer than {FEW} alerts or cancellations: too few to judge by.", style="yellow"))
    if report.suppressed:
        told = ", ".join(f"{reason} {count:,}" for reason, count in report.suppressed.items())
        screen.print(Text(plain(f"Decisions to tell nobody: {told}.", WORDS_LIMIT)))
    if any(each.action != NO_ACTION for each in report.actions):
        screen.print(_actions_table(report.actions))


def _rules_table(rules: Sequence[RuleReport]) -> Table:
    table = Table(title="What alerts were worth", title_justify="left", title_style="bold")
    for name in ("rule", "severity"):
        table.add_column(name, no_wrap=True)
    for name in (
        *("alerts", "followed", "precision", "caught", "recall", "time flagged", "false alarms", "lead, days"),
        "messages",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for each in rules:
        lead = each.lead_days
        table.add_row(
            Text(
                plain(each.rule, NAME_LIMIT) if each.rule != ALL else "all but good", style="" if each.rule else "bold"
            ),
            Text(each.severity or "", style=STYLES.get(each.severity or "", "")),
            *_worth(each),
            NONE if lead is None else f"{lead.p50:.0f} ({lead.p25:.0f}–{lead.p75:.0f})",
            f"{each.messages_an_account_and_month:.2f}",
        )
    table.caption = "messages: of an account and 30 days; in brackets: 95 % intervals, and the quartiles of lead times"
    return table


def _worth(each: RuleReport) -> tuple[str, ...]:
    """The cells from «alerts» to «false alarms»; good news has none."""
    if each.severity == "good":
        return (NONE,) * 7
    mark = "*" if each.too_few else ""
    return (
        f"{each.alerts:,}",
        f"{each.followed:,} of {each.judged:,}",
        f"{_share(each.precision)}{mark}",
        f"{each.caught:,} of {each.churned:,}",
        f"{_share(each.recall)}{mark}",
        f"{each.share_flagged:.0%}",
        _share(each.false_alarm_rate),
    )


def _share(rate: Rate | None) -> str:
    """«33 % (20–46)»."""
    return NONE if rate is None else f"{rate.value:.0%} ({100 * rate.low:.0f}–{100 * rate.high:.0f})"


def _actions_table(actions: Sequence[ActionOutcome]) -> Table:
    days = actions[0].within_days if actions else 0
    table = Table(title=f"Cases within {days:g} days of an action", title_justify="left", title_style="bold")
    table.add_column("action")
    for name in ("cases", "recovered", "churned", "nothing", "too young"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in actions:
        mark = "*" if each.too_few else ""
        table.add_row(
            Text(plain(each.action, WORDS_LIMIT) if each.action else "none was taken"),
            f"{each.cases:,}",
            f"{each.recovered:,}, {_share(each.recovered_rate)}{mark}",
            f"{each.churned:,}, {_share(each.churned_rate)}{mark}",
            f"{each.nothing:,}",
            f"{each.open:,}",
        )
    table.caption = "not a trial: people act on the accounts that look worst"
    return table
