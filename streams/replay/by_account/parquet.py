"""Answers as a Parquet file, by polars: a part for each partition, which never is in memory with the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scoring.model import schema
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.replay.by_account.blocks import Progress
from streams.replay.by_account.passes import SortedEvents
from streams.replay.by_account.sinks import AccountRows
from streams.replay.by_account.station import RowsWanted

if TYPE_CHECKING:
    import polars as pl


def check_parquet() -> None:
    """Check that polars is installed.

    Raises:
        UserError: naming the command to install it.
    """
    if find_spec("polars") is None:
        raise UserError("--parquet needs polars: pip install 'account-vitals[calibrate]', or take --csv.")


def write_parquet(
    events: SortedEvents, plans: Sequence[Plan], instants_ms: Sequence[int], path: Path, progress: Progress
) -> None:
    """Write the rows of all plans: those of an account together, by instant.

    Columns are `as_of`, `account_id`, every signal, and those of the CSV; null is unknown, and `flags` a list.

    Raises:
        UserError: when `path` cannot be written.
    """
    import polars as pl

    texts = tuple(name for plan in plans for name in _texts_of(plan.model))
    numbers = tuple(name for plan in plans for name in plan.model.signals if name not in texts)
    wanted = RowsWanted(facts=tuple(dict.fromkeys(numbers)), texts=tuple(dict.fromkeys(texts)))
    try:
        with tempfile.TemporaryDirectory(prefix="vitals-replay-") as folder:
            parts: list[Path] = []
            for found in events.fold(wanted, progress):
                for plan, rows in zip(plans, cast(list[AccountRows], found), strict=True):
                    frame = _frame(plan, rows, wanted, instants_ms, names_model=len(plans) > 1)
                    if not parts or frame.height:
                        parts.append(Path(folder) / f"{len(parts)}.arrow")
                        frame.write_ipc(parts[-1])
            pl.scan_ipc(parts).sink_parquet(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror or error}): give the path of a file.") from None


def _frame(
    plan: Plan, rows: AccountRows, wanted: RowsWanted, instants_ms: Sequence[int], *, names_model: bool
) -> pl.DataFrame:
    import polars as pl

    live, repeats = plan.primary, [len(instants_ms) - begin for begin in rows.begins]
    instants = [instant_ms for begin in rows.begins for instant_ms in instants_ms[begin:]]
    signals = plan.primary.signals
    facts = dict(zip((name for name in wanted.facts if name in signals), rows.facts, strict=True))
    words = dict(zip((name for name in wanted.texts if name in signals), rows.texts, strict=True))
    height = len(instants)
    columns: dict[str, Any] = {
        "as_of": pl.Series(instants, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")),
        "account_id": [name for name, times in zip(rows.accounts, repeats, strict=True) for _ in range(times)],
    }
    for name in (*wanted.facts, *wanted.texts):
        if name in words or name in wanted.texts:
            columns[name] = pl.Series(words.get(name, [None] * height), dtype=pl.String)
        else:
            columns[name] = _numbers(facts[name]) if name in facts else pl.Series([None] * height, dtype=pl.Float64)
    ordered = {name: columns[name] for name in ("as_of", "account_id", *_signals_in_order(plan, wanted))}
    names = list(live.tier_names)
    standings = [standing.name for standing in live.standings]
    flags = [[rule.name for bit, rule in enumerate(live.rules) if mask >> bit & 1] for mask in rows.flags]
    ordered |= {
        "score": _numbers(rows.score),
        "tier": _named(names, rows.tier),
        "coverage": _numbers(rows.coverage),
        "provisional": pl.Series(list(rows.provisional), dtype=pl.Int8).cast(pl.Boolean),
        "standing": _named(standings, rows.standing),
        "flags": pl.Series(flags, dtype=pl.List(pl.String)),
        "tier_before": _named(names, rows.tier_before),
    }
    if names_model:
        ordered["model"] = [f"{plan.model.name}@{plan.model.version}"] * height
    schema_of = {"account_id": pl.String, "model": pl.String}
    return pl.DataFrame(ordered, schema_overrides={name: schema_of[name] for name in schema_of if name in ordered})


def _signals_in_order(plan: Plan, wanted: RowsWanted) -> list[str]:
    """The signals of the plan in its order, then any others."""
    return list(dict.fromkeys([*plan.model.signals, *wanted.facts, *wanted.texts]))


def _numbers(column: Iterable[float]) -> pl.Series:
    import polars as pl

    return pl.Series(list(column), dtype=pl.Float64).fill_nan(None)


def _named(names: Sequence[str], column: Iterable[int]) -> pl.Series:
    import polars as pl

    return pl.Series([None if number < 0 else names[number] for number in column], dtype=pl.String)


def _texts_of(model: Model) -> list[str]:
    """The signals whose values are texts."""
    return [
        name
        for name, signal in model.signals.items()
        if isinstance(signal, schema.LastAt) or (isinstance(signal, schema.Last) and signal.type == "text")
    ]
