"""What a rule file would open now."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries.alerts import preview
from dashboard.queries.port import BadRequest
from dashboard.queries.service import Service
from tests.support.dashboard.answers import answers_of, models_of
from tests.support.dashboard.ground import a_ground

ANSWERS = tuple(
    msgspec.structs.replace(each, provisional=number % 9 == 0) for number, each in enumerate(answers_of("default", 60))
)
RULES = """
[alerts]
name = "ours"

[rules.red]
kind = "tier"
severities = { red = "critical" }

[rules.unpaid]
kind = "condition"
when = [{ signal = "failed_payments_45d", at_least = 2 }]
only = { min_mrr = 1000 }

[rules.silent]
kind = "flag"
flags = ["silent"]

[rules.fell]
kind = "drop"
points = 15

[routes.all]
to = ["chat"]

[sinks.chat]
kind = "terminal"
"""


async def a_service() -> Service:
    return Service(await a_ground(ANSWERS, models_of("default")))


async def test_it_counts_the_accounts_that_each_rule_holds_for() -> None:
    view = await (await a_service()).preview(RULES)
    assert view.is_valid, view.findings
    may_open = [each for each in ANSWERS if not each.standing and not each.provisional]
    unpaid = [
        each for each in may_open if int(each.facts["failed_payments_45d"] or 0) >= 2 and (each.mrr or 0.0) >= 1_000
    ]
    silent = [each for each in may_open if "silent" in each.flags]
    red = [each for each in may_open if each.tier == "red"]
    assert dict(view.holds) == {"red": len(red), "unpaid": len(unpaid), "silent": len(silent)}
    assert min(len(red), len(unpaid), len(silent)) > 0
    assert "60, all" in view.words
    assert "not counted are fell" in view.words
    assert len(view.sample) == preview.SAMPLE
    assert {rule for _, _, rule in view.sample} == {"red", "unpaid", "silent"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "alerts"),
        ("[alerts]\nname = ", "not TOML"),
        (RULES.replace('"silent"', '"silence"'), "silence"),
        (RULES.replace('kind = "drop"', 'kind = "dropp"'), "dropp"),
    ],
)
async def test_a_fault_is_said_with_its_line_or_key(text: str, words: str) -> None:
    view = await (await a_service()).preview(text)
    assert not view.is_valid
    assert any(words in finding for finding in view.findings), view.findings


async def test_a_rule_that_could_never_be_sent_is_an_error() -> None:
    red = 'severities = { red = "critical" }'
    view = await (await a_service()).preview(RULES.replace(red, f'{red}\nonly = {{ tiers = ["green"] }}'))
    assert not view.is_valid
    assert any(finding.startswith("error: ") for finding in view.findings)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet='[]="{}\nabcr.', max_size=120))
async def test_no_text_makes_it_fail(text: str) -> None:
    view = await (await a_service()).preview(text)
    assert view.is_valid or view.findings


async def test_a_text_that_is_too_long_is_refused_and_an_empty_book_says_so() -> None:
    with pytest.raises(BadRequest, match="more than 200,000"):
        await (await a_service()).preview("#" * 200_001)
    empty = await Service(await a_ground((), {})).preview(RULES)
    assert "No model judges accounts yet" in empty.findings[0]


@pytest.mark.parametrize(
    "text", ["a." * 50_000 + "b = 1", "x = {" + "a." * 50_000 + "b = 1}", "[" + "'a'." * 40_000 + "b]"]
)
async def test_a_key_of_many_parts_takes_no_minutes(text: str) -> None:
    found = await (await a_service()).preview(f"# rules\n{text}")
    assert found.findings == ("line 2: it has more than 100 dots; make several lines of it",)
