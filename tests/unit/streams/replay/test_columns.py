"""Columns say what the score snapshots of a replay say."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path

from scoring.instants import DAY_MS, parse_instant
from scoring.plan.plan import Plan
from streams.model_files import read_model
from streams.replay.by_account.passes import FileNotes
from streams.replay.columns import fold_columns
from streams.replay.event_file import EventFile
from tests.support.plain.replay import read_history, replay

START_MS = parse_instant("2026-01-01T00:00:00Z")


def events_file(path: Path, number: int = 600) -> str:
    """Events of seven accounts, one every three hours."""
    topics = (("analytics", "login"), ("analytics", "report"), ("tickets", "ticket_opened"), ("exceptions", "oops"))
    lines = []
    for each in range(number):
        topic, name = topics[each * each % 4]
        account, at_ms = f"a{each * 5 % 7}", START_MS + each * DAY_MS // 8
        event = {"topic": topic, "account_id": account, "event": name, "timestamp": at_ms, "user_id": f"u{each % 3}"}
        lines.append(json.dumps(event))
    path.write_text("\n".join(lines))
    return str(path)


def test_columns_have_the_scores_facts_and_judgements_of_the_snapshots(tmp_path: Path) -> None:
    source, model = events_file(tmp_path / "events"), read_model("default")
    plan = Plan(model)
    instants = [START_MS + days * DAY_MS for days in (60, 1, 30)]
    with EventFile(source) as file:
        answers = replay(plan, read_history(file, plan, START_MS + 900 * DAY_MS).events, instants)
    notes: list[FileNotes] = []
    (found,) = fold_columns(
        [source], [model], instants, facts=("usage_30d", "nps"), texts=("plan",), judgements=True, notes=notes
    )
    assert notes[0].events == 600
    assert len(found) == len(answers) > 14
    for row, answer in enumerate(answers):
        assert found.accounts[found.account[row]] == answer.account_id
        assert found.instants_ms[found.instant[row]] == answer.as_of_ms
        assert (None if isnan(found.score[row]) else found.score[row]) == answer.score
        assert (plan.primary.tier_names[found.tier[row]] if found.tier[row] >= 0 else "") == answer.tier
        assert (found.coverage[row], bool(found.provisional[row])) == (answer.coverage, answer.provisional)
        names = [rule.name for number, rule in enumerate(plan.primary.rules) if found.flags[row] >> number & 1]
        assert tuple(names) == answer.flags
        assert found.facts["usage_30d"][row] == answer.facts["usage_30d"]
        assert isnan(found.facts["nps"][row])
        assert found.texts["plan"][row] is None
        for component, score in answer.components.items():
            judgement = found.judgements[component][row]
            assert (None if isnan(judgement) else judgement) == score.judgement
        assert found.first_event_ms[found.account[row]] == answer.first_event_ms
