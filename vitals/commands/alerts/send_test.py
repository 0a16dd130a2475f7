"""`vitals alerts test`: a message through a real sink, marked as a test."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.lifecycle.schema import AlertRules
from alerts.step import AlertStep
from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import author_of
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from alerts.sinks.port import Sink

TEST_ACCOUNT = "vitals-test"
SECONDS = 60.0
"""A sink that has not answered by then has failed."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the test on one sink. `words` says what to do where it was not accepted."""

    sink: str
    is_accepted: bool
    seconds: float
    words: str


class _Memory:
    """A sink's memory for as long as the command runs."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def get(self, key: str, /) -> str | None:
        return self._kept.get(key)

    async def set(self, key: str, value: str, /, *, seconds: int) -> None:
        self._kept[key] = value


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("test")(send_test)


def send_test(
    target: Annotated[str, typer.Argument(metavar="ROUTE|SINK", help="A route, for all its sinks, or one sink.")],
    rules: Annotated[
        str, typer.Option(metavar="FILE", show_default="VITALS_ALERTS", help="The rules with the route and its sinks.")
    ] = "",
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who sends it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Send a message that says it is a test to the sinks of a route, at once, whatever its digest and quiet hours are.
    Incidents and tickets are opened and closed again."""
    from streams.alert_files import read_rules
    from streams.model_files import read_model
    from streams.notifier.sinks import target_names

    settings = Settings.from_environment(os.environ)
    loaded = read_rules(rules or settings.alerts, read_model(settings.model))
    names = target_names(settings, _targets(loaded, target))
    if not names:
        raise UserError(f"The route {plain(target, NAME_LIMIT)} leads to none: it records, and nobody gets anything.")
    tried = asyncio.run(_send(settings, loaded, names, author_of(author), target))
    if as_json:
        print_json(tried)
    else:
        console().print(_table(tried))
    if not all(each.is_accepted for each in tried):
        failed = ", ".join(plain(each.sink, NAME_LIMIT) for each in tried if not each.is_accepted)
        raise UserError(f"The test did not reach {failed}: see above what each said, mend that and test again.")


def _targets(rules: AlertRules, target: str) -> tuple[str, ...]:
    if (route := rules.routes.get(target)) is not None:
        return route.to
    if target in rules.sinks or target in ("default", "slack", "webhook", "terminal"):
        return (target,)
    routes, sinks = ", ".join(rules.routes), ", ".join(rules.sinks) or "none but default"
    raise UserError(
        f"There is no route or sink {plain(target, NAME_LIMIT)}: give one of the routes {routes} or sinks {sinks}."
    )


async def _send(settings: Settings, rules: AlertRules, names: tuple[str, ...], by: str, target: str) -> list[Tried]:
    from streams.deployment.sink_secrets import sink_secret
    from streams.notifier.sinks import SinkTools, open_sinks

    async with AsyncExitStack() as stack:
        tools = SinkTools(
            settings=settings,
            rules=rules,
            stack=stack,
            secret=lambda variable: sink_secret(os.environ, variable).reveal(),
            memory=lambda sink: _Memory(),
        )
        sinks = await open_sinks(names, tools)
        return [await _try(sink, a_test(by, target, time.time_ns() // 1_000_000)) for sink in sinks.values()]


async def _try(sink: Sink, steps: Sequence[AlertStep]) -> Tried:
    """A sink that keeps a thing for each case gets the case's end too, so that nothing stays open."""
    from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, PartlyDelivered

    began, is_accepted, words = time.monotonic(), True, "accepted"
    try:
        async with asyncio.timeout(SECONDS):
            for step in steps if not sink.is_gathering else steps[:1]:
                await sink.deliver(step)
    except PartlyDelivered as error:
        words = str(error)
    except (ChannelUnavailable, DeliveryFailed, DeliveryRefused) as error:
        is_accepted, words = False, str(error)
    except TimeoutError:
        is_accepted, words = False, f"no answer within {SECONDS:g} seconds"
    return Tried(sink=sink.name, is_accepted=is_accepted, seconds=round(time.monotonic() - began, 3), words=words)


def a_test(by: str, target: str, now_ms: int) -> tuple[AlertStep, AlertStep]:
    """The beginning and the end of a case that is none. Each test has ids of its own, or a receiver that knows them
    would keep silent."""
    case = uuid.uuid4().hex
    words = f"test of {target} by {by}: nothing has happened"
    opened = AlertStep(
        id=f"{case[:31]}0",
        account_id=TEST_ACCOUNT,
        sequence=1,
        rule="test",
        rule_kind="condition",
        severity="info",
        step="opened",
        outcome="sent",
        reason="first",
        words=words,
        as_of=rfc3339(now_ms),
        as_of_ms=now_ms,
        model="test",
        model_version=1,
        case_id=case,
        status="open",
        step_number=1,
        opened_at=rfc3339(now_ms),
    )
    ended = msgspec.structs.replace(
        opened, id=f"{case[:31]}1", sequence=2, step="resolved", reason="resolved", status="resolved", step_number=2
    )
    return opened, ended


def _table(tried: Sequence[Tried]) -> Table:
    table = Table(title="The test message", title_justify="left", title_style="bold")
    table.add_column("sink", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("what it said")
    for each in tried:
        table.add_row(
            Text(plain(each.sink, NAME_LIMIT)),
            Text("accepted", style="green") if each.is_accepted else Text("not accepted", style="red"),
            f"{each.seconds:.2f}",
            Text(plain(each.words, WORDS_LIMIT)),
        )
    return table
