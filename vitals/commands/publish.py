"""`vitals publish`: sends a file of events to Kafka."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from scoring.instants import parse_instant
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.replay.event_file import EventFile
from streams.replay.forms.form import parse_form
from streams.replay.undated_lines import NOW, REFUSE, parse_undated
from streams.replay.undated_lines import WORDS as UNDATED
from vitals.commands.file_notes import print_mismatches, print_similar_accounts
from vitals.commands.files.form_options import (
    FILE_HELP,
    EncodingOption,
    FormatOption,
    SeparatorOption,
    TextColumnsOption,
)
from vitals.commands.output import finite, print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from streams.replay.publish import Published


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(publish)


def publish(
    file: Annotated[str, typer.Argument(metavar="FILE", help=FILE_HELP)],
    rate: Annotated[
        float | None, typer.Option(min=0.001, show_default="as fast as possible", help="Events per second.")
    ] = None,
    shift: Annotated[
        bool, typer.Option("--as-if-now", help="Shift all times so that the file's last event happens now.")
    ] = False,
    undated: Annotated[str, typer.Option(metavar="WHAT", help=UNDATED)] = REFUSE,
    tick: Annotated[
        str, typer.Option(metavar="T", help="End with a tick at T to every partition: scores all accounts as of T.")
    ] = "",
    format_: FormatOption = "",
    separator: SeparatorOption = "",
    encoding: EncodingOption = "",
    text_columns: TextColumnsOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send a file of events to Kafka; each line, element or row is an event with its topic.

    Those that are not events are counted and reported, and the rest is sent. T is RFC 3339, or "now" with --as-if-now.
    """
    from streams.replay.publish import Timing, as_if_now
    from streams.replay.publish import publish as send

    finite("--rate", rate)
    now_ms = time.time_ns() // 1_000_000
    form = parse_form(format_, separator, encoding, text_columns)
    tick_ms, asked = _tick_ms(tick, now_ms if shift else None), parse_undated(undated)
    settings = Settings.from_environment(os.environ)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    with EventFile(file, form, twice=shift) as events:
        with progress_bar("publishing", events.size) as progress:
            timing = as_if_now(events, now_ms, asked) if shift else Timing(undated=asked)
            sending = send(settings, events, timing=timing, rate=rate, tick_ms=tick_ms, progress=progress)
            published = asyncio.run(sending)
        no_event = events.without_events
    if as_json:
        print_json(published)
    else:
        _print(published)
    if not published.total:
        raise no_event(", so nothing was published")


def _tick_ms(text: str, now_ms: int | None) -> int | None:
    """The instant of the closing tick. "now" is allowed only if the events are shifted to end now."""
    if not text:
        return None
    if text == NOW:
        if now_ms is None:
            raise UserError("--tick now: the events keep their own times, so give an instant, or add --as-if-now.")
        return now_ms
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"--tick: {error}") from None


def _print(published: Published) -> None:
    print_rejected(published.refused)
    print_similar_accounts(published.twins, published.spelled)
    print_mismatches({}, published.unusable_ids)
    by_topic = ", ".join(f"{topic} {count:,}" for topic, count in sorted(published.events.items()))
    rate = published.total / max(published.seconds, 0.001)
    if published.total:
        print(f"Published {published.total:,} events ({by_topic}) in {published.seconds:.1f} s: {rate:,.0f}/s.")
    if published.tick:
        print(f"Ticked at {published.tick}.")
