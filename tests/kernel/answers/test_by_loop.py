"""Answers that the loop writes: texts that are escaped, profiles, and a norm that came after the account was judged."""

from __future__ import annotations

import json

import pytest

from scoring.instants import FAR
from scoring.plan.plan import Plan
from streams.engine.folds.id_prints import FIXED_KEY
from streams.kernel.answer_texts import name_answers
from streams.kernel.decoder import NativeDecoder
from streams.kernel.kernel import is_built
from streams.kernel.worker import worker_of
from tests.builders import a_model, at_ms, usage
from tests.kernel.answers.answered import compare_answers
from tests.kernel.both import BothCohort

NOW_MS = at_ms("2026-01-05T00:00Z")
TEXTS = ("", "plain", 'a "quoted" one', "back\\slash", "\b\t\n\f\r\x01\x1f\x7f", "ümläut «ä» \u2028 😀")
SIGNALS = {
    "level": {"kind": "last", "property": "level"},
    "mrr": {"kind": "last", "property": "mrr"},
    "plan": {"kind": "last", "property": "plan", "type": "text"},
    "said": {"kind": "last", "property": "said", "type": "text"},
}
PROFILES = {
    "high": {"when": [{"signal": "level", "at_least": 60}], "rank": 2, "weights": {"level": 2}},
    "low": {"when": [{"signal": "level", "below": 30}], "rank": 1, "weights": {"level": 1}},
}
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def test_texts_and_profiles() -> None:
    parts = {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}}
    cohort, profiles = BothCohort(Plan(a_model(SIGNALS, parts, profiles=PROFILES))), set()
    for number, text in enumerate(TEXTS * 3):
        sent = usage(at=NOW_MS + number, level=45 * (number % 3), plan=text, said=text + "!", mrr=number / 3)
        event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, NOW_MS)
        both = cohort.apply(event, NOW_MS + number, looks=False)
        profiles.add(json.loads(compare_answers(both, {})).get("profile"))
    assert profiles == {None, "high", "low"}


def test_an_account_that_the_norm_has_left_behind_is_pythons() -> None:
    signals = {"use": {"kind": "count", "window": "30d"}}
    share = {"share": {"shape": "share_of_max", "signal": "use", "weight": 1}}
    cohort = BothCohort(Plan(a_model(signals, share)))
    cohort.set_norm({"use": 4.0})
    event = cohort.kernel.plan.decoder.decode("analytics", usage(at=NOW_MS).value, 0, NOW_MS)
    both = cohort.apply(event, NOW_MS, looks=False)
    found = cohort.kernel.native.refresh(both.number, 0)
    assert found is not None
    name_answers(cohort.kernel)
    loop = worker_of(cohort.kernel, NativeDecoder(both.plan, FIXED_KEY), is_event_clock=True)
    loop.enter(both.number, b"acme", (0, 0, 0, 0), 0, FAR, FAR, 0, 0.0, 100.0, 0.0, found[7])

    def answered() -> bool:
        return loop.answer([(both.number, 1, -1, b"", (b'"acme"', b"", b""))], b"", b"", 1) != [None]

    assert answered()
    cohort.set_norm({"use": 8.0})
    assert not answered()
    cohort.kernel.native.refresh(both.number, 0)
    assert not answered(), "it was judged since it entered"


def test_texts_that_do_not_fit_the_plan_are_refused() -> None:
    kernel = BothCohort(Plan(a_model(SIGNALS))).kernel
    for odd in (b"", bytes(8), bytes(400), b"\xff" * 400):
        with pytest.raises(ValueError, match="texts of answers"):
            kernel.native.name_answers(odd)
    name_answers(kernel)
