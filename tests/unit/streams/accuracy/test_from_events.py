"""The series of a history, and the cohorts that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.instants import DAY_MS, parse_instant, rfc3339
from streams.accuracy.cohorts import accuracy_of
from streams.accuracy.from_events import series_of_history
from streams.accuracy.series import NOTHING
from streams.backtest.run import Asked
from streams.model_files import read_model
from tests.unit.streams.backtest.books import MODEL, START_MS, book, event, written

NOW_MS = parse_instant("2027-06-01T00:00:00Z")
CURVE = (
    '\n[calibrations.churn]\nwithin = "60d"\npoints = [[0, 0.8, 0.6, 0.9], [50, 0.3, 0.2, 0.4], [100, 0.1, 0, 0.2]]\n'
)


def asked(folder: Path, *, renewal_day: int = 0, labels: str = "") -> Asked:
    """Accounts of which a third leaves; with `renewal_day` all have that renewal date."""
    events = book(30, 200)
    if renewal_day:
        date = rfc3339(START_MS + renewal_day * DAY_MS)[:10]
        names = sorted({each["account_id"] for each in events})
        events += [event("billing", "renewal_set", 21, name, properties={"renewal_date": date}) for name in names]
        events.sort(key=lambda each: each["timestamp"])
    model = folder / "model.toml"
    model.write_text(MODEL.format(name="plain", topic="analytics", full=7) + CURVE)
    source = written(folder / "events.ndjson", events)
    return Asked(sources=[source], models=[read_model(str(model))], labels=labels, processes=1)


def test_each_day_from_the_first_event_to_leaving_is_judged_at_its_beginning(tmp_path: Path) -> None:
    series, last_day = series_of_history(asked(tmp_path), NOW_MS)
    assert len(series) == 30
    assert last_day == START_MS // DAY_MS + 200
    left = [each for each in series if each.left_day >= 0]
    assert 0 < len(left) <= 10
    assert all(each.last_day <= each.left_day for each in left)
    assert all(len(each.flags) == len(each.probabilities) for each in series)
    assert all(each.last_day == last_day for each in series if each.left_day < 0)
    assert NOTHING not in "".join(each.flags for each in series)
    assert {value for each in series for value in each.probabilities} <= {None, *(n / 1e4 for n in range(10_001))}


def test_cohorts_of_a_history_with_renewal_dates(tmp_path: Path) -> None:
    series, last_day = series_of_history(asked(tmp_path, renewal_day=150), NOW_MS)
    found = accuracy_of(series, last_day)
    cohort, *_ = found.cohorts  # those who left long after have a contract without a date
    assert cohort.quarter == "2026-Q2"
    assert cohort.contracts == 30
    assert 0 < cohort.churned < 11
    assert cohort.judged == 30
    assert cohort.predicted is not None
    assert 0.1 <= cohort.predicted < 0.8
    assert found.first_eligible == ""


def test_labels_say_who_left_and_accounts_of_unknown_outcome_are_left_out(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("account_id,churned_at\na001,2026-06-01\na002,\n")
    series, _ = series_of_history(asked(tmp_path, labels=str(labels)), NOW_MS)
    assert {each.account_id: each.left_day >= 0 for each in series} == {"a001": True, "a002": False}


@pytest.mark.parametrize("processes", [1, 2])
def test_the_number_of_processes_does_not_matter(tmp_path: Path, processes: int) -> None:
    wanted = asked(tmp_path)
    wanted = Asked(**{name: getattr(wanted, name) for name in wanted.__struct_fields__} | {"processes": processes})
    assert len(series_of_history(wanted, NOW_MS)[0]) == 30
