"""`vitals backtest`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scoring.instants import parse_duration, parse_instant
from streams.errors import UserError
from streams.replay.undated_lines import REFUSE, parse_undated
from vitals.commands.live_events import fetch_events
from vitals.commands.output import print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.backtest.report import Report
    from streams.backtest.run import Asked

EXTRA = ("sklearn", "scipy", "numpy", "model_diagnostics")
STDIN = "-"
Kind = Literal["churn", "downgrade", "contraction", "non-renewal"]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(backtest)


def need_extra(command: str) -> None:
    """Check that the libraries of the extra are installed.

    Raises:
        UserError: naming the command to install them.
    """
    if any(find_spec(name) is None for name in EXTRA):
        raise UserError(f"{command} needs scikit-learn and model-diagnostics: pip install 'account-vitals[calibrate]'.")


def backtest(
    model: Annotated[
        list[str], typer.Option(metavar="NAME_OR_FILE", help="A scoring model to test; may be given several times.")
    ],
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="NDJSON, gzipped or not; - is standard input.", show_default=False)
    ] = "",
    live: Annotated[bool, typer.Option("--live", help="Take the events of the topics instead of a file.")] = False,
    labels: Annotated[
        str, typer.Option(metavar="CSV", help="Outcomes: account_id and churned_at; an empty date for who stayed.")
    ] = "",
    outcome: Annotated[
        Kind, typer.Option(help="What to look for in the events, or in the column outcome of the labels.")
    ] = "churn",
    back_within: Annotated[
        str, typer.Option(metavar="TIME", help="A subscription started again within this time was not cancelled.")
    ] = "",
    zone: Annotated[str, typer.Option(help="The time zone of labels without one, such as Europe/Berlin.")] = "UTC",
    labels_until: Annotated[
        str, typer.Option(metavar="T", show_default="the last event or label", help="Until when labels are complete.")
    ] = "",
    every: Annotated[
        str, typer.Option(metavar="TIME", show_default="the first of each month", help="How often accounts are judged.")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="T", show_default="the first event", help="The first instant, RFC 3339.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="T", show_default="the last event", help="The last instant.")] = "",
    min_age: Annotated[str, typer.Option(metavar="TIME", help="Younger accounts are left out and counted.")] = "30d",
    arrival: Annotated[
        str,
        typer.Option(
            metavar="event|order|FIELD",
            show_default="order where lines seem to be in it",
            help="When an event counts as known: when it happened, in the order of lines, or at the time in a field.",
        ),
    ] = "",
    by: Annotated[
        str, typer.Option(metavar="PROPERTY", help="Figures by segment too: by plan, or segment of the labels.")
    ] = "",
    alerts_every: Annotated[
        str,
        typer.Option(metavar="TIME", help="How often tiers are looked at for alerts and lead times; off for never."),
    ] = "1d",
    draws: Annotated[
        int | None,
        typer.Option(
            min=100, max=10_000, show_default="1000, or less where rows are many", help="Draws over accounts."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws and the folds.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object; docs/backtest.schema.json.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots, which needs no network.")
    ] = None,
    undated: Annotated[
        str, typer.Option(metavar="FIELD", help="The field with the time of lines without a timestamp.")
    ] = REFUSE,
) -> None:
    """Measure what scores were worth: do low scores come before churn?

    Scores are judged as they stood at each instant, beside what came 14, 30, 60 and 90 days later. Outcomes are
    cancellations in the events, or the dates of a CSV. Every figure has a 95 % interval. Says «no skill» where chance
    would explain it.
    """
    need_extra("vitals backtest")
    if bool(file) == live:
        raise UserError("What should be tested? Give a FILE of events, or --live for those of the topics; not both.")
    asked_undated = parse_undated(undated)
    if asked_undated.is_now:
        raise UserError("--undated now is for publish: here name the field that holds the time.")
    with event_source(file, live=live) as (source, arrived):
        asked = _asked(
            source,
            model,
            labels=labels,
            kind=outcome,
            back_within=back_within,
            zone=zone,
            labels_until=labels_until,
            every=every,
            since=since,
            to=to,
            min_age=min_age,
            arrival=arrival or arrived,
            by=by,
            alerts_every=alerts_every,
            draws=draws or 0,
            seed=seed,
            time_field=asked_undated.field,
        )
        report = _tested(asked)
    _show(report, as_json=as_json, html=html)


@contextmanager
def event_source(file: str, *, live: bool) -> Iterator[tuple[str, str]]:
    """The path of a file that can be read several times, and the field with the arrival of its events, if any."""
    if not live and file != STDIN:
        yield file, ""
        return
    with tempfile.TemporaryDirectory(prefix="vitals-backtest-") as folder:
        path = Path(folder) / "events.ndjson"
        if live:
            yield str(path), _fetched(path)
            return
        if sys.stdin is None:
            raise UserError("Standard input is closed: give the path of an NDJSON file.")
        with path.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield str(path), ""


def _fetched(path: Path) -> str:
    """Write the events of the topics to a file; returns when they count as known."""
    from streams.backtest.source.arrival import ARRIVED
    from streams.replay.by_account.reading import BY_EVENT

    if not fetch_events(path).is_import:
        return ARRIVED
    print("Most events came in over a week after they happened: they count from when they happened.", file=sys.stderr)
    return BY_EVENT


def _asked(source: str, models: Sequence[str], **given: str | int) -> Asked:
    """What the options ask for.

    Raises:
        UserError: naming the option that is wrong.
    """
    from streams.backtest.run import Asked
    from streams.backtest.source.arrival import AUTO
    from streams.backtest.source.labels import zone_of
    from streams.model_files import read_model

    def duration(option: str, none: str = "") -> int:
        text = str(given[option])
        return 0 if text == none else _duration(f"--{option.replace('_', '-')}", text)

    def instant(option: str, name: str) -> int | None:
        text = str(given[option])
        return _instant(name, text) if text else None

    return Asked(
        sources=[source],
        models=[read_model(name) for name in dict.fromkeys(models)],
        labels=str(given["labels"]),
        kind=str(given["kind"]),
        back_within_ms=duration("back_within"),
        zone=zone_of(str(given["zone"])),
        labels_until_ms=instant("labels_until", "--labels-until"),
        every_ms=duration("every"),
        from_ms=instant("since", "--from"),
        to_ms=instant("to", "--to"),
        min_age_ms=duration("min_age", "0"),
        arrival=str(given["arrival"]) or AUTO,
        by=str(given["by"]),
        alerts_every_ms=duration("alerts_every", "off"),
        draws=int(given["draws"]),
        seed=int(given["seed"]),
        time_field=str(given["time_field"]),
    )


def _duration(option: str, text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def _instant(option: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def _tested(asked: Asked) -> Report:
    """Run the back-test, with progress and what is to be said of the file on standard error."""
    from streams.backtest.run import backtest as test
    from streams.replay.by_account.passes import FileNotes
    from vitals.commands.file_notes import print_similar_accounts

    def bar(what: str) -> AbstractContextManager[Callable[[int], None]]:
        return progress_bar(what, 0)

    notes: list[FileNotes] = []
    report = test(asked, bar=bar, notes=notes)
    for each in notes:
        print_rejected(each.refused)
        print_similar_accounts(each.similar.twins(), each.similar.spelled())
    return report


def _show(report: Report, *, as_json: bool, html: Path | None) -> None:
    if html is not None:
        from streams.backtest.page.document import page

        try:
            html.write_text(page(report), "utf-8")
        except OSError as error:
            raise UserError(f"{html} cannot be written ({error.strerror}): give the path of a file.") from None
        print(f"{html} written.", file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        from vitals.commands.outcomes.backtest_tables import print_report

        print_report(report)
