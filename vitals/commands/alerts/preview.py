"""`vitals alerts preview`: what a rule file would have sent, before it goes live."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, money, plain
from scoring.plurals import counted
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.alerts.list_cases import STYLES
from vitals.commands.by_hand import parsed_duration
from vitals.commands.output import console, print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from streams.alerting.preview import Example, Preview, Side

NOTHING = "–"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(preview)


def preview(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The rule file, or the name of shipped rules.")],
    last: Annotated[
        str, typer.Option(metavar="TIME", show_default="all", help="Count the end of the history only, as in 30d.")
    ] = "",
    data: Annotated[
        str, typer.Option("--data", metavar="FILE", help="Events to fold over, instead of those of the topics.")
    ] = "",
    live: Annotated[
        str, typer.Option(metavar="FILE", show_default="VITALS_ALERTS", help="The rules to compare it with.")
    ] = "",
    model: Annotated[str, typer.Option(metavar="NAME_OR_FILE", show_default="VITALS_MODEL", help="The model.")] = "",
    processes: Annotated[
        int, typer.Option(min=0, show_default="one a processor", help="How many work at once on a large history.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Count what a rule file would have sent, by route and rule, beside what is live; with examples of the difference.

    All events are folded under both, from the first on, so that cases that were open before are known; what is counted
    is the end. People's commands and fleet alarms have no part in it, and an event counts when it happened.
    """
    from streams.alert_files import read_rules
    from streams.alerting.fold import Asked, fold_alerts
    from streams.alerting.preview import preview as compared
    from streams.model_files import read_model

    settings = Settings.from_environment(os.environ)
    chosen = read_model(model or settings.model)
    rules, live_rules = read_rules(file, chosen), read_rules(live or settings.alerts, chosen)
    last_ms = parsed_duration("--last", last) if last else 0
    if data == "-":
        raise UserError("--data needs the path of a file: standard input is not read.")
    with _events(data) as source:
        asked = Asked(sources=(source,), model=chosen, rules=(live_rules, rules), last_ms=last_ms, processes=processes)
        folded = fold_alerts(asked, progress_bar)
    print_rejected(folded.notes.refused)
    live_steps, steps = folded.steps
    found = compared(live_steps, live_rules, steps, rules, folded.since_ms, folded.until_ms)
    if as_json:
        print_json(found)
    else:
        print_preview(console(), found)


@contextmanager
def _events(data: str) -> Iterator[str]:
    """The path of the file with the events."""
    if data:
        yield data
        return
    from vitals.commands.live_events import fetch_events

    with tempfile.TemporaryDirectory(prefix="vitals-preview-") as folder:
        path = Path(folder) / "events.ndjson"
        fetch_events(path)
        yield str(path)


def print_preview(screen: Console, found: Preview) -> None:
    """Both sides as tables, and examples of what differs."""
    screen.print(
        Text(f"{counted(found.accounts, 'accounts')}, {found.days:g} days from {found.since} to {found.until}.")
    )
    screen.print(_routes_table(found))
    screen.print(_rules_table(found))
    screen.print(Text(f"{found.added:,} cases are new, {found.removed:,} would no longer be told."))
    for title, examples in (("New, for example", found.added_examples), ("No longer", found.removed_examples)):
        if examples:
            screen.print(_examples_table(title, examples))


def _routes_table(found: Preview) -> Table:
    table = Table(title="Messages by route", title_justify="left", title_style="bold")
    table.add_column("route", no_wrap=True)
    table.add_column("to", no_wrap=True)
    table.add_column(f"live, {_named(found.live)}", justify="right")
    table.add_column(f"file, {_named(found.file)}", justify="right")
    sides = [{(lane.route, lane.sink): lane for lane in side.routes} for side in (found.live, found.file)]
    for key in dict.fromkeys((*sides[0], *sides[1])):
        cells = [NOTHING if (lane := side.get(key)) is None else _lane(lane.messages, lane.kinds) for side in sides]
        route = Text(plain(key[0], NAME_LIMIT) if key[0] else "no route takes it", style="" if key[0] else "red")
        if not key[0] or key[1] == "none":
            cells = [NOTHING if (lane := side.get(key)) is None else f"{lane.steps:,} not sent" for side in sides]
        table.add_row(route, Text(plain(key[1], NAME_LIMIT)), *cells)
    table.add_section()
    table.add_row("all", "", *(f"{side.messages:,}" for side in (found.live, found.file)))
    table.add_row("an account and month", "", *(f"{side.a_month:.2f}" for side in (found.live, found.file)))
    return table


def _lane(messages: int, kinds: dict[str, int]) -> str:
    """«40, 12 of them gathered (digest 10, storm 2)»."""
    gathered = {kind: count for kind, count in kinds.items() if kind != "single"}
    if not gathered:
        return f"{messages:,}"
    words = ", ".join(f"{kind} {count:,}" for kind, count in gathered.items())
    return f"{messages:,}, {sum(gathered.values()):,} of them gathered ({words})"


def _rules_table(found: Preview) -> Table:
    table = Table(title="Told steps by rule, and decisions to tell nobody", title_justify="left", title_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    for name in ("live", "file", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    counts = [{(each.rule, each.severity): each.told for each in side.rules} for side in (found.live, found.file)]
    for rule, severity in dict.fromkeys((*counts[0], *counts[1])):
        before, after = (side.get((rule, severity), 0) for side in counts)
        style = STYLES.get(severity, "")
        table.add_row(Text(plain(rule, NAME_LIMIT)), Text(severity, style=style), *_difference(before, after))
    table.add_section()
    for reason in dict.fromkeys((*found.live.suppressed, *found.file.suppressed)):
        before, after = (side.suppressed.get(reason, 0) for side in (found.live, found.file))
        table.add_row(Text(f"not told: {reason}", style="dim"), "", *_difference(before, after))
    return table


def _difference(before: int, after: int) -> tuple[str, str, str]:
    change = f"{after - before:+,}".replace("-", "−") if after != before else "0"
    return f"{before:,}", f"{after:,}", change


def _examples_table(title: str, examples: Sequence[Example]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("at", no_wrap=True)
    table.add_column("account", overflow="fold")
    table.add_column("MRR", justify="right", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what")
    for each in examples:
        table.add_row(
            each.at[:16].replace("T", " "),
            Text(plain(each.account_id, NAME_LIMIT)),
            NOTHING if each.mrr is None else money(each.mrr),
            Text(plain(each.rule, NAME_LIMIT), style=STYLES.get(each.severity, "")),
            Text(plain(each.words, WORDS_LIMIT)),
        )
    return table


def _named(side: Side) -> str:
    return f"{plain(side.name, NAME_LIMIT)} v{side.version}"
