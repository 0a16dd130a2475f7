"""Back-tests from end to end, on small books; and that nothing leaks from later."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scoring.instants import DAY_MS, parse_instant, rfc3339
from scoring.model.loader import PRESETS, load_preset
from streams.backtest.report import Report
from streams.backtest.run import HORIZONS, Asked, backtest
from streams.errors import UserError
from streams.model_files import read_model
from tests.support.shared_data import shared
from tests.unit.streams.backtest.books import START_MS, a_model, book, event, written

pytestmark = pytest.mark.slow
NOW_MS = parse_instant("2027-06-01T00:00:00Z")
FEW = {"draws": 100, "alerts_every_ms": 0, "every_ms": 15 * DAY_MS, "processes": 1, "horizons": (60,)}


def report_of(folder: Path, events: list[dict[str, Any]], *models: str, labels: str = "", **more: Any) -> Report:
    """A back-test of `events`, by a plain model unless others are named."""
    if labels:
        (folder / "labels.csv").write_text(labels)
    source = written(folder / "events.ndjson", events)
    named = models or (a_model(folder),)
    options = {**FEW, "labels": str(folder / "labels.csv") if labels else "", **more}
    return backtest(Asked(sources=[source], models=[read_model(name) for name in named], **options), NOW_MS)


def figures(report: Report) -> bytes:
    """All that is measured of the models."""
    return msgspec.json.encode(report.models)


def test_a_book_that_fades_before_it_leaves_has_skill_and_all_figures(tmp_path: Path) -> None:
    report = report_of(tmp_path, book(), by="plan", alerts_every_ms=DAY_MS, horizons=HORIZONS)
    assert report.says.startswith("skill: plain at 60 days ahead (ROC-AUC ")
    (model,) = report.models
    assert [each.days for each in model.horizons] == [14, 30, 60, 90]
    assert {each.segment for each in model.segments} == {"basic", "pro"}
    assert {each.name for each in report.yardsticks} == {"usage_14d", "drop", "silent", "tickets", "mrr", "logistic"}
    assert len(model.alerts) == 16
    (red, worse) = model.lead_times
    assert (red.flag, worse.flag) == ("red", "red or yellow")
    assert red.p50.value is not None
    assert 5 < red.p50.value < 40
    assert report.churned == sum(each["event"] == "subscription_canceled" for each in book())


def test_what_does_not_fade_has_no_skill_and_the_first_line_says_so(tmp_path: Path) -> None:
    report = report_of(tmp_path, book(90, fades=False))
    assert report.says.startswith("no skill: plain at 60 days ahead")
    assert any("no better than a coin" in each for each in report.may)


def test_cancellations_as_events_and_as_labels_are_one_report(tmp_path: Path) -> None:
    left = {each["account_id"]: each["timestamp"] for each in book() if each["event"] == "subscription_canceled"}
    names = sorted({each["account_id"] for each in book()})
    labels = "account_id,churned_at\n" + "".join(f"{name},{left.get(name, '')}\n" for name in names)
    assert figures(report_of(tmp_path, book(), labels=labels)) == figures(report_of(tmp_path, book()))


def test_the_order_of_lines_and_duplicates_change_nothing(tmp_path: Path) -> None:
    events = [{**each, "id": f"e{number}"} for number, each in enumerate(book())]
    again = report_of(tmp_path, [*reversed(events), *events[:200]], arrival="event")
    assert figures(again) == figures(report_of(tmp_path, events, arrival="event"))


def test_events_after_an_instant_change_nothing_of_what_was_known_then(tmp_path: Path) -> None:
    """The last instant is day 120. Whatever the accounts do after it, only outcomes may differ: those are labelled."""
    left = {each["account_id"]: each["timestamp"] for each in book() if each["event"] == "subscription_canceled"}
    labels = "account_id,churned_at\n" + "".join(f"{name},{at}\n" for name, at in left.items())
    until, end = START_MS + 120 * DAY_MS, "2026-07-30T00:00:00Z"
    full = [each for each in book() if each["event"] != "subscription_canceled"]
    noise = [event("analytics", "login", 120.5 + hour / 24, name) for name in ("a000", "a003") for hour in range(200)]
    cut = [each for each in full if parse_instant(each["timestamp"]) <= until]
    options: dict[str, Any] = {"labels": labels, "to_ms": until, "labels_until_ms": parse_instant(end)}
    whole = figures(report_of(tmp_path, full, **options))
    assert figures(report_of(tmp_path, [*full, *noise], arrival="event", **options)) == whole
    assert figures(report_of(tmp_path, cut, **options)) == whole


def test_what_arrived_late_was_not_known_before(tmp_path: Path) -> None:
    """Three accounts were used every hour from day 60 to 66, which came in on day 205 only. By the order of lines, and
    by a field, no instant before day 121 knew; by when it happened, all did."""
    events = [{**each, "received_at": each["timestamp"]} for each in book()]
    came = rfc3339(START_MS + 205 * DAY_MS)
    batch = [
        {**event("analytics", "login", 60 + hour / 24, name), "received_at": came}
        for name in ("a001", "a002", "a004")
        for hour in range(150)
    ]
    at = next(number for number, each in enumerate(events) if each["timestamp"] >= came)
    whole = [*events[: at + 1], *batch, *events[at + 1 :]]
    until: dict[str, Any] = {"to_ms": START_MS + 120 * DAY_MS}
    without = figures(report_of(tmp_path, events, arrival="event", **until))
    assert figures(report_of(tmp_path, whole, arrival="order", **until)) == without
    assert figures(report_of(tmp_path, whole, arrival="received_at", **until)) == without
    assert figures(report_of(tmp_path, whole, arrival="event", **until)) != without
    told = report_of(tmp_path, whole, arrival="received_at", **until).arrival
    assert told == "an event counts from its received_at, and not before it happened"


def test_accounts_of_which_the_labels_know_nothing_are_left_out(tmp_path: Path) -> None:
    report = report_of(tmp_path, book(), labels="account_id,date\na000,2026-05-01\na001,\n")
    assert {each.code for each in report.notes} >= {"unlabelled"}
    unknown = next(each for each in report.models[0].excluded if each.reason == "outcome_unknown")
    assert unknown.accounts == 58


def test_a_handful_of_outcomes_is_too_few_to_say(tmp_path: Path) -> None:
    labels = "account_id,date\n" + "a000,2026-05-01\na003,2026-05-02\n" + "".join(f"a{n:03},\n" for n in range(4, 60))
    report = report_of(tmp_path, book(), labels=labels)
    assert report.says.startswith("too few outcomes to say: plain")
    assert "nothing, since too few accounts churned" in report.may[0]


def test_one_account_is_no_book(tmp_path: Path) -> None:
    events = [each for each in book() if each["account_id"] == "a000"]
    report = report_of(tmp_path, events)
    assert report.accounts == 1
    assert report.says.startswith("too few outcomes to say")


def test_a_history_shorter_than_a_horizon_has_no_figures_there_and_says_so(tmp_path: Path) -> None:
    report = report_of(
        tmp_path, [each for each in book(days=100) if each["timestamp"] < "2026-04-05"], horizons=(60, 90)
    )
    by_days = {each.days: each for each in report.models[0].horizons}
    assert by_days[90].rows == 0
    assert by_days[90].censored > 0
    assert any("90 days ahead: the history is shorter than the horizon" in each for each in report.may_not)


def test_several_models_are_compared_on_the_rows_that_all_judge(tmp_path: Path) -> None:
    models = a_model(tmp_path, "telling"), a_model(tmp_path, "deaf", topic="exceptions")
    report = report_of(tmp_path, book(), *models)
    (found,) = report.comparisons
    assert (found.model, found.other, found.days) == ("telling", "deaf", 60)
    assert found.roc_auc_difference.low is not None
    assert found.roc_auc_difference.low > 0
    assert report.says.startswith("no skill: deaf")
    assert "; skill: telling" in report.says


def test_instants_before_all_events_and_in_the_future_are_told(tmp_path: Path) -> None:
    times: dict[str, Any] = {"from_ms": START_MS - 31 * DAY_MS, "to_ms": NOW_MS + 31 * DAY_MS, "every_ms": 30 * DAY_MS}
    report = report_of(tmp_path, book(), **times)
    said = {each.code: each.words for each in report.notes}
    assert "before the first event of 2026-01-01" in said["before_all_events"]
    assert "1 of them in the future" in said["after_all_events"]
    with pytest.raises(UserError, match="No instant lies within the events, which go from 2026-01-01"):
        report_of(tmp_path, book(), from_ms=NOW_MS, to_ms=NOW_MS + 40 * DAY_MS, every_ms=DAY_MS)
    with pytest.raises(UserError, match="There is no instant from"):
        report_of(tmp_path, book(), from_ms=NOW_MS, to_ms=START_MS)


def test_accounts_that_are_all_too_young_are_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No account can be judged .* the account was too young"):
        report_of(tmp_path, book(), min_age_ms=400 * DAY_MS)


def test_a_cancellation_before_its_label_is_told(tmp_path: Path) -> None:
    left = [each["account_id"] for each in book() if each["event"] == "subscription_canceled"]
    labels = "account_id,date\n" + "".join(f"{name},2026-07-30\n" for name in left)
    report = report_of(tmp_path, book(), labels=labels, zone=UTC)
    assert next(each.count for each in report.notes if each.code == "told_before") == len(left)


def test_an_outcome_that_no_row_could_warn_of_is_told(tmp_path: Path) -> None:
    early = [
        event("billing", "subscription_started", 50, "brief", properties={"mrr": 1}),
        event("billing", "subscription_canceled", 60, "brief"),
    ]
    report = report_of(tmp_path, sorted([*book(), *early], key=lambda each: each["timestamp"]))
    assert next(each.accounts for each in report.notes if each.code == "no_row") == ("brief",)


def test_models_of_one_name_are_named_apart_and_a_property_that_nobody_has_is_told(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    models = a_model(tmp_path), a_model(tmp_path / "other", full=20)
    report = report_of(tmp_path, book(20), *models, by="colour")
    assert [each.model for each in report.models] == ["plain v1 (1)", "plain v1 (2)"]
    assert "No account has a colour" in next(each.words for each in report.notes if each.code == "no_segment")


def test_the_default_alone_has_skill_on_a_simulated_book_with_17_churns() -> None:
    """Twelve of them are in a row; no other score, and no plain yardstick, is beyond chance at 60 days."""
    asked = Asked(
        sources=[str(shared("data/churnsim/events.ndjson.gz"))],
        models=[load_preset(name) for name in PRESETS],
        labels=str(shared("data/churnsim/labels.csv")),
        draws=200,
        alerts_every_ms=0,
        horizons=(60,),
    )
    report = backtest(asked, NOW_MS)
    assert (report.accounts, report.churned) == (216, 17)
    assert report.says.count("no skill") == len(PRESETS) - 1
    for model in report.models:
        (found,) = model.horizons
        expected = "skill" if model.model == "default" else "no skill"
        assert (found.verdict, found.churned_accounts) == (expected, 12)
    assert any("12 accounts churned, and the intervals are wide" in each for each in report.may_not)
    assert next(each.count for each in report.notes if each.code == "no_row") == 5
