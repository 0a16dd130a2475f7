"""An answer read twice, from an account of the reference and from the kernel's, and compared byte by byte."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec

from alerts.transition import account_now
from scoring.explain.reading import Reading, facts_in, reading_of
from scoring.explain.snapshot import content_of, norm_of, part_of_answer, position_of
from scoring.instants import FAR
from scoring.plan.read_facts import facts_of
from scoring.result import LastTransition, OpenCase, Override, ShadowScore, TransitionCause, Warming
from streams.engine.folds.id_prints import FIXED_KEY
from streams.kernel.answer_texts import name_answers
from streams.kernel.decoder import NativeDecoder
from streams.kernel.reading import Readings
from streams.kernel.worker import worker_of
from tests.kernel.both import Both, BothCohort, Difference, Said, is_same
from tests.kernel.flood import Flood

OVERRIDE = Override(score=35.5, reason="a call", author="kim", set_ms=1, until_ms=2)
CASE = OpenCase(id="c", rule="r", severity="page", status="open", opened_at="", since="", words="«ä»")
TRANSITION = LastTransition(
    at="",
    from_tier="red",
    to_tier="green",
    before=1.5,
    after=2.0,
    model="m",
    model_version=1,
    cause=TransitionCause(kind="event"),
)
SHADOW = ShadowScore(model="other", model_version=2, score=71.25, tier="green", transitions=3)


def compare_answers(both: Both, more: dict[str, Any]) -> bytes:
    """The answer, the same from both; `more` are the other parts of `content_of`.

    Raises:
        Difference: where they differ.
    """
    plan, primary = both.plan, both.plan.primary
    judged = both.score.refresh(primary, both.account, both.norm)
    reading = Readings(both.kernel).of(both.number)
    ours = msgspec.json.encode(content_of(plan, "acme", both.account, judged, both.norm, **more))
    found = both.kernel.refresh(both.number, primary)
    theirs = msgspec.json.encode(content_of(plan, "acme", reading, found, both.norm, **more))
    if ours != theirs:
        raise Difference(f"{both.step}, with {more}: the reference answers {ours!r}, the kernel {theirs!r}")
    unjudged = [content_of(plan, "acme", each, None, both.norm, **more) for each in (both.account, reading)]
    for said in (Said("the answer without a score", *unjudged), *read(both, reading)):
        if not is_same(said.reference, said.kernel):
            raise Difference(f"{both.step}: {said.what}: {said.reference!r}, the kernel {said.kernel!r}")
    compare_by_loop(both)
    return ours


def compare_by_loop(both: Both) -> None:
    """The whole message about an account of the loop, which is written natively; what is unusual is left to Python."""
    plan, kernel, number, applied = both.plan, both.kernel, both.number, (1, -1, 1 << 40, 0, 7)
    judged = both.score.refresh(plan.primary, both.account, both.norm)
    more: dict[str, Any] = {"last_transition": TRANSITION, "cases": (CASE,)}
    content = content_of(plan, 'a "b"', both.account, judged, both.norm, **more)
    position = position_of(plan, both.account.as_of_ms, 3, 1 << 40, norm_ms=1_000, applied=applied)
    found = kernel.native.refresh(number, 0)
    name_answers(kernel)
    loop = worker_of(kernel, NativeDecoder(plan, FIXED_KEY), is_event_clock=True)
    version = -1 if found is None else found[7]
    loop.enter(number, b"acme", applied[:4], 0, FAR, FAR, 0, 0.0, 100.0, 0.0, version)
    norm = norm_of(plan.primary, both.norm)
    parts = (
        msgspec.json.encode('a "b"'),
        part_of_answer("last_transition", TRANSITION),
        part_of_answer("cases", (CASE,)),
    )
    of_all = (
        part_of_answer("norm", norm) if norm else b"",
        part_of_answer("norm_as_of", position.norm_as_of),
        position.generation,
    )
    [told] = loop.answer([(number, position.version, applied[4], b"", parts)], *of_all)
    if told is None:
        was_past = any(kernel.native.past_bounds(number)[1:])
        is_unknown = judged is None and not content.standing
        assert is_unknown or content.signs or was_past, f"{both.step}: Python has to answer"
        return
    body = msgspec.json.encode(content)
    ours = body, b"%b,%b" % (body[:-1], msgspec.json.encode(position)[1:])
    if told != ours:
        raise Difference(f"{both.step}: the reference sends {ours!r}, the kernel {told!r}")
    assert loop.answer([(number, 0, 0, ours[0], parts)], *of_all) == [True]


def read(both: Both, kernel: Reading) -> Iterator[Said]:
    """Everything that a reading says, by both."""
    plan, account = both.plan, both.account
    ours = reading_of(plan, account)
    for what in ("as_of_ms", "first_ms", "oldest_ms", "age_ms"):
        yield Said(what, getattr(ours, what), getattr(kernel, what))
    yield Said("latest_at", tuple(ours.latest_at), tuple(kernel.latest_at))
    for ask in ("facts", "details", "standing", "holding", "sources", "past_bounds"):
        yield Said(ask, getattr(ours, ask)(), getattr(kernel, ask)())
    yield Said("the order of facts", list(ours.facts()), list(kernel.facts()))
    for name, signal in plan.primary.signals.items():
        yield Said(f"the number of {name!r}", signal.number(account), kernel.number(name))
        yield Said(f"whether {name!r} is settled", signal.is_settled(account), kernel.is_settled(name))
    yield Said("the facts of texts", facts_of(plan.primary, account, both.norm), facts_in(kernel, both.norm))
    judged = both.score.refresh(plan.primary, account, both.norm)
    now = [account_now(plan, "acme", each, judged, both.norm) for each in (account, kernel)]
    yield Said("what a notification says", *now)
    yield Said("the signs", ours.signs(()), kernel.signs(()))


def others(both: Both, luck: random.Random) -> dict[str, Any]:
    """Other parts of an answer, that are not read from the account."""
    signals = list(both.plan.model.signals)
    warming = tuple([Warming(signal=luck.choice(signals), until="") for _ in range(luck.randrange(3))])
    return {
        "override": luck.choice((None, OVERRIDE)),
        "warming": warming,
        "shadows": luck.choice(((), (SHADOW,))),
        "stale": luck.choice(({}, {"errors": "2026-01-01T00:00:00Z"})),
    }


class AnsweredFlood(Flood):
    """A flood in which the answer is compared after each event, and no state. `answers` are those that there were."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._luck = random.Random(seed)
        self.answers: list[bytes] = []

    def _apply(self, number: int) -> Both:
        event = self.event(number)
        self._sent.append(event)
        return self.cohort.apply(event, self.now_ms, arrived_ms=self.now_ms, looks=False)

    def _between(self, both: Both) -> None:
        super()._between(both)
        self.answers.append(compare_answers(both, others(both, self._luck)))


def answer_all(cohort: BothCohort) -> list[bytes]:
    """The answers about all accounts."""
    return [compare_answers(both, {}) for both in cohort.accounts.values()]
