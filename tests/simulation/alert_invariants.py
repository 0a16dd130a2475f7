"""What must hold of alert steps, whatever went wrong: no gap, no contradiction, nobody told of the muted or over."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

import msgspec

from alerts.step import AlertStep
from scoring.instants import parse_instant
from scoring.result import ScoreSnapshot

OVER = ("resolved", "retracted")
OF_A_MUTE = ("summary", "action")
"""The reasons of steps that are told although their case is muted: the end of a snooze, and what a person does."""


def once_each(bodies: Iterable[bytes]) -> dict[str, bytes]:
    """By id, what was written; asserts that each id stands for one content, however often it was written."""
    found: dict[str, bytes] = {}
    for body in bodies:
        step = msgspec.json.decode(body, type=AlertStep)
        before = found.setdefault(step.id, body)
        assert before == body, f"one alert step has two contents:\n{before.decode()}\n{body.decode()}"
    return found


def check_steps(
    bodies: Mapping[str, bytes], answers: Mapping[str, ScoreSnapshot], forgotten: Collection[str], *, is_lost: bool
) -> None:
    """Assert what must hold of each account's steps, and of its open cases. `is_lost`: messages expired unread, maybe
    commands. The snoozes of those that may have been `forgotten` are not known."""
    chains: defaultdict[str, list[AlertStep]] = defaultdict(list)
    for body in bodies.values():
        step = msgspec.json.decode(body, type=AlertStep)
        chains[step.account_id].append(step)
    for account_id, chain in chains.items():
        chain.sort(key=lambda step: step.sequence)
        _check_chain(account_id, chain)
        if account_id not in forgotten:
            _check_mutes(account_id, chain)
        if account_id not in answers:
            assert not (open_cases := _open_cases(chain)), f"{account_id} is gone, and has the cases {open_cases}"
    for account_id, answer in answers.items():
        shown = {case.id for case in answer.cases}
        known = _open_cases(chains[account_id])
        assert shown == known, f"{account_id} is shown with the cases {shown}, by its steps it has {known}"


def _check_chain(account_id: str, chain: list[AlertStep]) -> None:
    sequence = [step.sequence for step in chain]
    assert sequence == list(range(1, len(chain) + 1)), f"{account_id} has the alert steps {sequence}"
    for step in chain:
        expected = sha256(f"{account_id}\0alerts\0{step.sequence}".encode()).hexdigest()
        assert expected.startswith(step.id), f"{account_id}: {step.sequence} has the id {step.id}"
    assert all(one.as_of_ms <= other.as_of_ms for one, other in itertools.pairwise(chain)), "time goes back"
    over: set[str] = set()
    numbers: defaultdict[str, int] = defaultdict(int)
    for step in chain:
        if not step.case_id:
            continue
        if step.step != "snooze_ended":
            assert step.case_id not in over, f"{account_id}: a step of a case that is over: {step}"
        if step.status in OVER:
            over.add(step.case_id)
        if step.step_number:
            assert step.step_number >= numbers[step.case_id], f"{account_id}: steps of one case go back: {step}"
            numbers[step.case_id] = step.step_number


def _check_mutes(account_id: str, chain: Iterable[AlertStep]) -> None:
    """Nobody is told of a step of a rule that is snoozed at its instant, by itself or with the whole account.

    Where a step leaves open which snooze it begins or ends, the account's is taken to be over.
    """
    until: dict[str, int] = {}
    for step in chain:
        if step.step == "snoozed" and step.reason == "action":
            until[step.rule] = end_ms = parse_instant(step.until)
            until[""] = end_ms if not step.rule else min(until.get("", 0), end_ms)
        elif step.step == "snooze_ended" or step.reason == "summary":
            until.pop(step.rule, None)
            until.pop("", None)
        elif step.step == "none" and not step.rule:
            until.pop("", None)
        elif step.is_told and step.reason not in OF_A_MUTE:
            end_ms = max(until.get(step.rule, 0), until.get("", 0))
            assert step.as_of_ms >= end_ms, f"{account_id}: told though it is snoozed until {end_ms}: {step}"


def _open_cases(chain: Iterable[AlertStep]) -> set[str]:
    found: set[str] = set()
    for step in chain:
        if step.case_id and step.status in OVER:
            found.discard(step.case_id)
        elif step.case_id and step.step == "opened":
            found.add(step.case_id)
    return found
