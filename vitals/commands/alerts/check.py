"""`vitals alerts check`: what a rule file says, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, plain
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from alerts.lifecycle.lint import Finding
    from alerts.lifecycle.loader import LoadedRules
    from alerts.lifecycle.schema import AlertRules, Rule

LINE_LIMIT = 400
"""The longest text of a cell, in characters."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(check)


def check(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="A rule file, or 'default'.")] = "default",
    model: Annotated[str, typer.Option(metavar="MODEL", help="A preset, or a model file.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Check alert rules against a model, and print what they say. An error names the line, the key and the fix.

    Rules that always fire together, can never fire, or cancel each other are found, too. The exit code is 1 when
    something could never be sent.
    """
    from streams.alert_files import examine_rules, rules_text
    from streams.model_files import read_model

    loaded = examine_rules(file, read_model(model))
    if as_json:
        print_json(loaded)
    else:
        _print(console(), loaded, rules_text(file))
    if any(each.severity == "error" for each in loaded.findings):
        raise typer.Exit(1)


def _print(screen: Console, loaded: LoadedRules, text: str) -> None:
    rules, header = loaded.rules, loaded.rules.header
    worst = loaded.findings[0].severity if loaded.findings else "ok"
    style = {"error": "red", "warning": "yellow", "ok": "green"}[worst]
    screen.print(Text(f"{worst}: {plain(header.name, NAME_LIMIT)} version {header.version}", style=style))
    for table in (_rules(rules), _routes(rules), _sinks(rules), _findings(loaded.findings, text)):
        if table.row_count:
            screen.print(table)
    for note in loaded.notes:
        screen.print(Text(f"left out: {plain(note, LINE_LIMIT)}"))


def _rules(rules: AlertRules) -> Table:
    from alerts.lifecycle.rules_text import condition_words, only_words, timing_words

    table = _table("Rules", "rule", "severity", "when", "timing", "only", "action")
    for name, rule in rules.rules.items():
        cells = (name, _severity(rule), condition_words(rule), timing_words(rule), only_words(rule.only), rule.action)
        table.add_row(*_cells(*cells))
    return table


def _severity(rule: Rule) -> str:
    from alerts.lifecycle.schema import TierRule

    return "by tier" if isinstance(rule, TierRule) else rule.severity


def _routes(rules: AlertRules) -> Table:
    from alerts.lifecycle.rules_text import match_words, volume_words

    table = _table("Routes, in this order", "route", "takes", "to", "when", "then")
    for name, route in rules.routes.items():
        then = "goes on" if route.continue_ else "ends"
        table.add_row(
            *_cells(name, match_words(route.match), ", ".join(route.to), volume_words(route, rules.header.zone), then)
        )
    return table


def _sinks(rules: AlertRules) -> Table:
    table = _table("Sinks", "sink", "kind", "secrets")
    for name, sink in rules.sinks.items():
        fields = [field for field in sink.__struct_fields__ if field.endswith("_secret")]
        secrets = [getattr(sink, field) for field in fields]
        kind = str(sink.__struct_config__.tag)
        table.add_row(*_cells(name, kind, ", ".join(each for each in secrets if each)))
    return table


def _findings(found: tuple[Finding, ...], text: str) -> Table:
    from alerts.lifecycle.loader import line_in

    table = _table("Findings", "finding")
    table.add_column("line", justify="right")
    table.add_column("key")
    table.add_column("what")
    for each in found:
        line = line_in(text, each.key)
        cells = _cells(each.severity, str(line) if line else "", each.key, each.words)
        table.add_row(*cells, style="red" if each.severity == "error" else "yellow")
    return table


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold")


def _cells(*texts: str) -> list[Text]:
    return [Text(plain(text, LINE_LIMIT) if text else "") for text in texts]
