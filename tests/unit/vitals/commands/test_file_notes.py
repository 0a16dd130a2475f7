"""What is told of a file beside its refused lines: accounts that look alike, and values that were no use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.event.ids import id_of
from scoring.plan.properties.property import TypeMismatch
from streams.replay.similar_accounts import ACCOUNTS_MAX, GROUPS_MAX, NAMES_MAX, SimilarAccounts
from tests.support.shared_data import shared
from vitals import main
from vitals.commands.file_notes import mismatch_text

AT = "2026-03-01T09:00:00Z"


def told(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> tuple[str, str]:
    """(standard output, standard error) of a replay of `file` under the default model."""
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(file), "--model", "default", "--as-of", "2026-04-01T00:00:00Z", *arguments])
    assert ended.value.code == 0
    return capsys.readouterr()


def of(path: Path, *events: dict[str, object]) -> Path:
    event = {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": AT}
    path.write_text("".join(json.dumps(event | each) + "\n" for each in events))
    return path


def noted(*written: str) -> SimilarAccounts:
    similar = SimilarAccounts()
    for each in written:
        similar.note(id_of(each), each)
    return similar


def test_twins_and_spellings_are_noted_once() -> None:
    similar = noted("acme", "Acme", "acme", "acme ", "acme\u200b", "globex", "acme ")
    assert similar.twins() == (("Acme", "acme"),)
    (spelled,) = similar.spelled()
    assert (spelled.account_id, spelled.written) == ("acme", ("acme ", "acme\u200b"))


def test_what_is_noted_is_bounded() -> None:
    similar = noted(*(f"a{number}" for number in range(ACCOUNTS_MAX)), "A1")
    assert similar.twins() == ()
    similar = noted(*(f"{name}{number}" for number in range(GROUPS_MAX * 2) for name in ("a", "A")))
    assert len(similar.twins()) == GROUPS_MAX
    similar = noted(*(f"a{'-' * number}b" for number in range(NAMES_MAX * 2)))
    assert [len(group) for group in similar.twins()] == [NAMES_MAX]


def test_twins_are_named_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = of(tmp_path / "events", {"account_id": "Acme"}, {}, {"account_id": "\uff23afe"}, {"account_id": "Cafe"})
    (line,) = [line for line in told(capsys, file)[1].splitlines() if "look alike" in line]
    assert "'Acme' and 'acme'; 'Cafe' and '\uff23afe'" in line


def test_a_file_without_any_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        told(capsys, of(tmp_path / "events", {}, {"id": "e1"}), "--quiet")[1] == "2 events replayed, 0 lines refused.\n"
    )


def test_ids_that_are_none_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = of(tmp_path / "events", {"id": True}, {"id": "null", "user_id": {}}, {"id": [], "user_id": "ann"})
    assert "id was no id in 3 events, user_id in 1." in told(capsys, file)[1]


def test_the_json_of_a_replay_is_answers_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, error = told(capsys, of(tmp_path / "events", {"account_id": "Acme"}, {"id": True}, {}), "--json")
    assert {answer["account_id"] for answer in json.loads(output)} == {"acme", "Acme"}
    assert "look alike" in error


def test_mismatches_are_listed_by_property_and_kind_the_most_frequent_first() -> None:
    type_mismatches = {
        TypeMismatch("seats", "seats", "a text"): 1,
        TypeMismatch("mrr", "mrr", "a text"): 1_000,
        TypeMismatch("mrr_before", "mrr", "a text"): 1_000,
        TypeMismatch("mrr", "mrr", "below its minimum"): 2,
    }
    assert (
        mismatch_text(type_mismatches)
        == "mrr was a text in 1,000 events, seats in 1; mrr was below its minimum in 2 events"
    )


def test_an_account_in_several_spellings_is_one_and_blank_ones_and_placeholders_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output, error = told(capsys, shared("cases/look-alike-account-ids.ndjson"), "--json")
    found = {answer["account_id"]: answer["facts"]["usage_35d"] for answer in json.loads(output)}
    assert found == {"acme": 3, "Caf\u00e9": 2}
    assert "5 events replayed, 3 lines refused." in error
    assert r"'Café' as 'Cafe\u0301'" in error
    assert r"'acme' as 'acme ' and 'acme\u200b'" in error


@pytest.mark.parametrize("flag", ["--json", "--csv"])
def test_numbers_in_texts_are_told_whatever_is_printed(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    file = shared("cases/numbers-as-strings.ndjson")
    assert "mrr was a text in 1 event, seats in 1" in told(capsys, file, flag)[1]


@pytest.mark.parametrize(
    ("case", "accounts"),
    [
        ("minimum-of-one-signal-refuses-other-events", {"acme": 5}),
        ("numeric-account-id-refused", {"1234": 1, "42": 3}),
        ("php-empty-array-properties-refused", {"acme": 1}),
        ("float-user-id-refuses-the-event", {"acme": 1}),
        ("segment-track-user-and-message-id-not-read", {"acme": 1}),
        ("posthog-server-groupidentify-refused", {"acme": 1}),
    ],
)
def test_the_cases_events_all_count_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, accounts: dict[str, int]
) -> None:
    model = tmp_path / "all.toml"
    model.write_text(
        """
[model]
name = "all"
version = 1
resolution = "1h"

[signals]
all = { kind = "count", window = "60d", topics = ["analytics", "exceptions", "billing", "tickets"] }
users = { kind = "distinct", of = "user", window = "60d", topics = ["analytics"] }
plan = { kind = "last", property = "plan", type = "text", topics = ["analytics"] }

[components.use]
shape = "ratio"
signal = "all"
of = 5
weight = 1

[tiers]
red = 0
green = 50
""",
        "utf-8",
    )
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "replay",
                str(shared(f"cases/{case}.ndjson")),
                "--model",
                str(model),
                "--as-of",
                "2026-03-30T00:00:00Z",
                "--json",
            ]
        )
    output = capsys.readouterr()
    assert ended.value.code == 0, output.err
    answers = {answer["account_id"]: answer["facts"] for answer in json.loads(output.out)}
    assert {name: facts["all"] for name, facts in answers.items()} == accounts
    if case == "posthog-server-groupidentify-refused":
        assert answers["acme"] == {"all": 1, "users": 0, "plan": "pro"}
    if case.startswith(("float", "segment")):
        assert answers["acme"]["users"] == 1
