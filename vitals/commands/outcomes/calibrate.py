"""`vitals calibrate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer
from rich.text import Text

from scoring.instants import DAY_MS, parse_duration, parse_instant
from scoring.model.extension import PRESETS
from scoring.model.model import Model
from streams.errors import UserError
from streams.model_files import model_text, read_model
from streams.replay.undated_lines import REFUSE, parse_undated
from vitals.commands.output import console, print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from streams.backtest.run import Asked
    from streams.calibrate.from_panel import Rows
    from streams.calibrate.goals import Goal
    from streams.calibrate.report import Calibrated

Kind = Literal["churn", "downgrade", "contraction", "non-renewal", "expansion"]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(calibrate)


def calibrate(
    model: Annotated[str, typer.Option(metavar="NAME_OR_FILE", help="The scoring model to calibrate.")],
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
    horizon: Annotated[str, typer.Option(metavar="TIME", help="An outcome counts when it comes within this time.")] = (
        "60d"
    ),
    goal: Annotated[
        list[str] | None,
        typer.Option(metavar="GOAL", help='"red catches 80%" or "red flags at most 5%"; one for each tier.'),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the proposed model to this file. It must not exist yet.")
    ] = None,
    every: Annotated[
        str, typer.Option(metavar="TIME", show_default="the first of each month", help="How often accounts are judged.")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="T", show_default="the first event", help="The first instant, RFC 3339.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="T", show_default="the last event", help="The last instant.")] = "",
    min_age: Annotated[str, typer.Option(metavar="TIME", help="Younger accounts are left out.")] = "30d",
    back_within: Annotated[
        str, typer.Option(metavar="TIME", help="A subscription started again within this time was not cancelled.")
    ] = "",
    zone: Annotated[str, typer.Option(help="The time zone of labels without one, such as Europe/Berlin.")] = "UTC",
    labels_until: Annotated[
        str, typer.Option(metavar="T", show_default="the last event or label", help="Until when labels are complete.")
    ] = "",
    arrival: Annotated[
        str,
        typer.Option(
            metavar="event|order|FIELD",
            show_default="order where lines seem to be in it",
            help="When an event counts as known: when it happened, in the order of lines, or at the time in a field.",
        ),
    ] = "",
    draws: Annotated[int, typer.Option(min=100, max=10_000, help="Draws of the bootstrap over accounts.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws and the folds.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, the proposed model included.")] = False,
    undated: Annotated[
        str, typer.Option(metavar="FIELD", help="The field with the time of lines without a timestamp.")
    ] = REFUSE,
) -> None:
    """Say what scores have meant, and propose bounds and weights: nothing changes by itself.

    The probability of the outcome by score, the bound of a tier for a goal, and weights with what they would have
    gained on later instants: each with a 95 % interval. Proposals are a difference of the model's file; --write makes
    the file. Refuses where there are too few outcomes, and says how many are missing.
    """
    from streams.backtest.run import AUTO, Asked
    from streams.backtest.source.labels import zone_of
    from streams.calibrate.goals import parse_goal
    from vitals.commands.outcomes.backtest import event_source, need_extra

    need_extra("vitals calibrate")
    if bool(file) == live:
        raise UserError("Which events? Give a FILE of events, or --live for those of the topics; not both.")
    if write is not None and write.exists():
        raise UserError(f"{write} exists already: give --write another name.")
    time_field = parse_undated(undated)
    if time_field.is_now:
        raise UserError("--undated now is for publish: here name the field that holds the time.")
    horizon_ms = _duration("--horizon", horizon)
    if not horizon_ms or horizon_ms % DAY_MS:
        raise UserError(f"--horizon {horizon}: give whole days, such as 60d.")
    found = read_model(model)
    goals = tuple(parse_goal(each, [tier.name for tier in found.tiers]) for each in goal or ())
    with event_source(file, live=live) as (source, arrived):
        asked = Asked(
            sources=[source],
            models=[found],
            labels=labels,
            kind=outcome,
            back_within_ms=_duration("--back-within", back_within) if back_within else 0,
            zone=zone_of(zone),
            labels_until_ms=_instant("--labels-until", labels_until),
            every_ms=_duration("--every", every) if every else 0,
            from_ms=_instant("--from", since),
            to_ms=_instant("--to", to),
            min_age_ms=0 if min_age == "0" else _duration("--min-age", min_age),
            arrival=arrival or arrived or AUTO,
            draws=draws,
            seed=seed,
            time_field=time_field.field,
        )
        rows = _rows(asked, found, horizon_ms // DAY_MS)
    calibrated = _calibrated(rows, found, model, asked, goals, horizon_ms // DAY_MS)
    if as_json:
        print_json(calibrated)
    else:
        from vitals.commands.outcomes.calibrate_tables import print_calibrated

        print_calibrated(calibrated)
    if write is not None:
        _write(calibrated, write)
        print(f"{write} is written.", file=sys.stderr)


def _rows(asked: Asked, model: Model, days: int) -> Rows:
    """Read the events, with progress and what is to be said of the file on standard error."""
    from streams.calibrate.from_events import read_panel
    from streams.calibrate.from_panel import rows_of
    from streams.replay.by_account.passes import FileNotes
    from vitals.commands.file_notes import print_similar_accounts

    def bar(what: str) -> AbstractContextManager[Callable[[int], None]]:
        return progress_bar(what, 0)

    notes: list[FileNotes] = []
    panel, outcomes = read_panel(asked, bar=bar, notes=notes)
    for said in notes:
        print_rejected(said.refused)
        print_similar_accounts(said.similar.twins(), said.similar.spelled())
    for each in outcomes.notes:
        console(stderr=True).print(Text(f"{each.words}."), style="yellow")
    return rows_of(panel, model, days)


def _calibrated(rows: Rows, model: Model, name: str, asked: Asked, goals: Sequence[Goal], days: int) -> Calibrated:
    from streams.calibrate.calibration import Asked as Wanted
    from streams.calibrate.calibration import calibrate as calibrate_rows
    from streams.calibrate.model_edit import edited, unified_diff

    wanted = Wanted(
        outcome=asked.kind,
        horizon_days=days,
        goals=tuple(goals),
        draws=asked.draws,
        seed=asked.seed,
    )
    found, changes = calibrate_rows(rows, model, wanted)
    if not changes:
        return found
    source = model_text(name)
    after = edited(source, model, changes)
    old = f"{name}.toml" if name in PRESETS else name
    return msgspec.structs.replace(
        found, diff=unified_diff(source.text, after, old, f"{model.name} version {model.version + 1}"), proposed=after
    )


def _write(found: Calibrated, path: Path) -> None:
    if not found.proposed:
        raise UserError(f"Nothing is proposed, so {path} was not written: see above.")
    path.write_text(found.proposed, "utf-8")


def _duration(option: str, text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def _instant(option: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None
