"""Verifies answers: which can be checked with the evidence in the log, and where the oracle differs. Pure.

`scoring.oracle` computes an answer again; it shares no state and no compiled code with the fold. It does share the
decoding of a message (its account, name, instant, id and user) and the values of the model file; and the cohort norm is
taken from the log, not computed again.

An answer that cannot be checked with certainty is counted by its reason (`REASONS`). If a topic does not keep the time
of arrival, it is unknown when a message arrived. Its time is its event's, so «the dedupe
horizon has passed» is judged by the greatest time of the messages before it; a second copy that comes days after the
first, with not one message between them, is counted twice by the fold and reported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from scoring import oracle
from scoring.instants import parse_duration
from scoring.model.model import Model
from scoring.oracle import OracleScore
from scoring.oracle.signs import OracleSign
from scoring.result import Override, ScoreSnapshot, Sign
from scoring.state.event_ids import IDS_MAX
from streams.clock_kind import ClockKind
from streams.control.overrides import InvalidOverride, override_of
from streams.topics import CONTROL_INDEX, TOPICS
from streams.verify.evidence import Arrived, Evidence

TOLERANCE = 1e-9
REASONS = {
    "model": "another model made the answer than the one that is verified",
    "unreadable": "the answer is not one that this version can read",
    "no_offsets": "the answer does not say how far the topics were applied",
    "warming": "some signals of a changed model do not know their whole window yet",
    "stale": "a feed has stopped, and what depends on it stands still until it is back",
    "forgotten": "the account was forgotten and came again: which events count, only the worker knows",
    "inputs_gone": "the topics no longer hold all that is in the answer",
    "norm_gone": "the cohort norm of the answer is no longer on the control topic",
    "ahead": "an event of the account lies in a later bucket than its answer",
    "ids_repeat": "an id of its events repeats after the dedupe horizon, or among too many ids",
}
"""Why an account is not checked: codes, and what they say to people."""

Said = float | str | None


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One value of an answer (`what`) that differs from the oracle's."""

    account_id: str
    what: str
    expected: Said
    got: Said


# --- what cannot be checked


def unfit_snapshot(model: Model, answer: ScoreSnapshot | None) -> str:
    """Why an answer cannot be checked, whatever the log holds: a key of `REASONS`, "" when it may be."""
    if answer is None:
        return "unreadable"
    if (answer.model, answer.model_version) != (model.name, model.version):
        return "model"
    if len(answer.applied) != len(TOPICS):
        return "no_offsets"
    if answer.stale:
        return "stale"
    return "warming" if answer.warming else ""


def unfit(model: Model, evidence: Evidence, clock: ClockKind = "wall") -> str:
    """Why an answer of a worker that goes by `clock` cannot be checked by this evidence: a key of `REASONS`, "" when it
    can."""
    if reason := unfit_snapshot(model, evidence.answer):
        return reason
    if evidence.was_forgotten:
        return "forgotten"
    is_set = evidence.answer.applied[CONTROL_INDEX] >= 0
    if not evidence.is_whole or (is_set and evidence.control is None and not evidence.has_no_override):
        return "inputs_gone"
    if evidence.norm is None:
        return "norm_gone"
    if any(each.event.at_ms > _judged_ms(model, evidence.answer) for each in evidence.events):
        return "ahead"
    if _ids_are_doubtful(model, evidence.events, clock):
        return "ids_repeat"
    return ""


def _judged_ms(model: Model, answer: ScoreSnapshot) -> int:
    """The last instant of the answer's bucket. All that an answer says depends on its instant by bucket alone, and an
    event that its producer dated a little ahead counts in its bucket."""
    return (answer.as_of_ms // model.resolution_ms + 1) * model.resolution_ms - 1


def _ids_are_doubtful(model: Model, events: Sequence[Arrived], clock: ClockKind) -> bool:
    """Whether some event may have counted twice."""
    dedupe_ms = parse_duration(model.header.dedupe)
    first: dict[tuple[str, str, str], Arrived] = {}
    is_repeated = False
    for each in events:
        event = each.event
        if not event.event_id:
            continue
        before = first.setdefault((event.topic, event.name, event.event_id), each)
        if before is each:
            continue
        is_repeated = True
        if clock == "wall" and each.arrived_ms - before.arrived_ms > dedupe_ms:
            return True
    return is_repeated and len(first) > IDS_MAX


# --- what differs


def mismatches(model: Model, evidence: Evidence) -> list[Mismatch]:
    """Where the answer differs from the oracle's; of evidence that is not `unfit`.

    Facts, flags, profile and override must be the same; the score, its coverage and the judgements within 10^-9; the
    tier too, but where the score is that near to a tier's bound.
    """
    answer = evidence.answer
    events = [each.event for each in evidence.events]
    found = oracle.verdicts(model, events, _judged_ms(model, answer), evidence.norm or {})
    verdict = found.get(answer.account_id)
    if verdict is None:
        said: Iterable[tuple[str, Said, Said]] = [("events", 0, "an answer")]
    else:
        override = _override(evidence)
        said = (
            *_facts(verdict, answer),
            *_override_said(override, answer.override),
            *_score_said(model, verdict, answer, override),
        )
    return [
        Mismatch(account_id=answer.account_id, what=what, expected=expected, got=got) for what, expected, got in said
    ]


def _override(evidence: Evidence) -> Override | None:
    """The override that holds by the log."""
    try:
        return override_of(evidence.control, evidence.answer.as_of_ms) if evidence.control is not None else None
    except InvalidOverride:
        return None  # its time is over


def _facts(verdict: OracleScore, answer: ScoreSnapshot) -> Iterator[tuple[str, Said, Said]]:
    for name in dict.fromkeys((*verdict.facts, *answer.facts)):
        expected, got = verdict.facts.get(name), answer.facts.get(name)
        if expected != got:
            yield f"fact {name}", expected, got


def _override_said(expected: Override | None, got: Override | None) -> Iterator[tuple[str, Said, Said]]:
    for field in Override.__struct_fields__:
        values = getattr(expected, field, None), getattr(got, field, None)
        if values[0] != values[1]:
            yield f"override.{field}", *values


def _score_said(
    model: Model, verdict: OracleScore, answer: ScoreSnapshot, override: Override | None
) -> Iterator[tuple[str, Said, Said]]:
    score = verdict.score if override is None else override.score
    beneath = None if override is None else verdict.score
    tier = "" if score is None else oracle.tier_of(model, score)
    judgements = verdict.judgements if verdict.score is not None else [None] * len(model.components)
    got = {name: each.judgement for name, each in answer.components.items()}
    numbers = [
        ("score", score, answer.score),
        ("beneath", beneath, answer.beneath),
        ("coverage", verdict.coverage, answer.coverage),
        *((f"judgement {name}", each, got.get(name)) for name, each in zip(model.components, judgements, strict=True)),
    ]
    if verdict.score is not None:
        there = {name: each.evidence for name, each in answer.components.items()}
        numbers += [
            (f"evidence {name}", each, there.get(name, each))
            for name, each in zip(model.components, verdict.evidence, strict=True)
        ]
    for what, number, other in numbers:
        if number != other and (number is None or other is None or abs(number - other) > TOLERANCE):
            yield what, number, other
    if tier != answer.tier and not _is_on_a_bound(model, score):
        yield "tier", tier, answer.tier
    for what, text, other_text in (
        ("profile", verdict.profile, answer.profile),
        ("standing", verdict.standing, answer.standing),
        ("sources", *(_source_words(each) for each in (verdict.sources, answer.sources))),
        ("past_bounds", ", ".join(verdict.past_bounds), ", ".join(answer.past_bounds)),
        ("flags", ", ".join(verdict.flags), ", ".join(answer.flags)),
        ("signs", *(", ".join(map(_sign_words, signs)) for signs in (verdict.signs, answer.signs))),
    ):
        if text != other_text:
            yield what, text, other_text


def _source_words(sources: Mapping[str, str]) -> str:
    return ", ".join(f"{name} at {at}" for name, at in sources.items())


def _sign_words(sign: OracleSign | Sign) -> str:
    return f"{sign.name} ({sign.number} of {sign.event!r}, {sign.user!r}, {sign.hour})"


def _is_on_a_bound(model: Model, score: float | None) -> bool:
    return score is not None and any(abs(score - tier.lower) <= TOLERANCE for tier in model.tiers)
