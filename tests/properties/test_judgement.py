"""What holds of judgements with their evidence and of the scores made of them, for any model and history."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given

from scoring.fold.cohort import Cohort
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.result import ScoreSnapshot
from tests.oracle import verdicts
from tests.properties.small_models import small_models
from tests.properties.strategies import History, histories
from tests.support.examples import examples
from tests.support.explained import explained, snapshot_at


def judged(history: History) -> Iterable[tuple[str, Evaluation, ScoreSnapshot, Cohort]]:
    """The accounts with a score at the end of their history, each with its snapshot as readers get it."""
    cohort = Cohort(Plan(history.model))
    for sent in history.arrivals:
        cohort.apply(cohort.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50))
    cohort.advance(history.end_ms)
    norm = cohort.norm()
    for name, account in cohort.accounts.items():
        evaluation = cohort.plan.primary.score(account, norm)
        if evaluation is not None:
            snapshot = snapshot_at(cohort.plan, account, norm, name)
            yield name, evaluation, msgspec.json.decode(msgspec.json.encode(snapshot), type=ScoreSnapshot), cohort


@examples(300)
@given(histories(small_models()))
def test_a_score_is_made_again_to_the_bit_of_what_its_snapshot_says(history: History) -> None:
    for _, evaluation, snapshot, cohort in judged(history):
        judgements = [snapshot.components[name].judgement for name in history.model.components]
        assert cohort.plan.primary.score_from(judgements, snapshot.facts) == evaluation
        assert tuple(each.evidence for each in snapshot.components.values()) == evaluation.evidence


@examples(300)
@given(histories(small_models()))
def test_evidence_is_from_0_to_1_and_none_of_it_is_no_judgement(history: History) -> None:
    for _, evaluation, _, _ in judged(history):
        assert all(0 <= each <= 1 for each in evaluation.evidence)
        assert all(each > 0 or it is None for it, each in zip(evaluation.judgements, evaluation.evidence, strict=True))
        assert 0 <= evaluation.coverage <= 1


@examples(300)
@given(histories(small_models()))
def test_points_sum_to_the_score_and_the_neutral_start_is_among_them(history: History) -> None:
    for name, evaluation, snapshot, cohort in judged(history):
        points = cohort.plan.primary.points(evaluation)
        assert sum(points.values()) == pytest.approx(evaluation.value, abs=1e-9)
        told = explained(cohort.plan, cohort.accounts[name], cohort.norm())
        assert len(told.contributions) == len(snapshot.components) + bool(history.model.header.neutral_weight)
        assert sum(each.points for each in told.contributions if each.weight or each.component == "neutral") == (
            pytest.approx(sum(points.values()) - points["floor"] - points["bounds"] - _rest(history, points), abs=1e-9)
        )


def _rest(history: History, points: dict[str, float]) -> float:
    """What counts as neutral for want of evidence, which is nobody's contribution."""
    return 0.0 if history.model.header.neutral_weight else points["neutral"]


@examples(300)
@given(histories(small_models()))
def test_with_a_constant_the_oracle_says_the_same_to_the_bit(history: History) -> None:
    """But for judgements that are an ulp apart: two ways to write one formula."""
    if not history.model.header.neutral_weight:
        return
    expected = verdicts(history.model, history.arrivals, history.end_ms)
    for name, evaluation, _, _ in judged(history):
        other = expected[name]
        assert evaluation.evidence == other.evidence
        if list(evaluation.judgements) == other.judgements:
            assert (evaluation.value, evaluation.coverage) == (other.score, other.coverage)
