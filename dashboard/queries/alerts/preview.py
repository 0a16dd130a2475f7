"""What a rule file would open now, as far as the answers of accounts say it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from alerts.lifecycle.loader import RulesError, examine
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Only,
    Rule,
    TierRule,
)
from dashboard.queries.alerts.cases import name_of
from dashboard.queries.ground import Ground
from dashboard.queries.models.live_book import live_book
from dashboard.queries.port import BadRequest
from dashboard.values.alerts import RulePreview
from scoring.instants import parse_duration
from scoring.model.model import Model
from scoring.oracle.components import all_hold
from scoring.plurals import counted
from scoring.result import ScoreSnapshot

LOOKED_AT = 2_000
"""Accounts whose answers are read: those that pay most, where there are more."""
AT_ONCE = 500
SAMPLE = 20
TEXT_MAX_CHARACTERS = 200_000
DOTS_MAX = 100
"""In a line."""
BY_HISTORY = "`vitals alerts preview` counts these over a history"


async def preview(ground: Ground, rules: str) -> RulePreview:
    """See `Queries.preview`. No text makes it fail."""
    if len(rules) > TEXT_MAX_CHARACTERS:
        raise BadRequest(f"The rule file has more than {TEXT_MAX_CHARACTERS:,} characters: send a smaller one.")
    live = await live_book(ground)
    if live is None:
        return _invalid("No model judges accounts yet, so rules cannot be checked: ask again when there are scores.")
    if fault := _too_deep(rules):
        return _invalid(fault)
    try:
        loaded = await asyncio.to_thread(examine, rules, live.plan.model)
    except RulesError as error:
        return _invalid(str(error))
    found = tuple(f"{each.severity}: {each.key}: {each.words}" for each in loaded.findings)
    if any(each.severity == "error" for each in loaded.findings):
        return RulePreview(is_valid=False, findings=found, holds=(), sample=(), words=_fault_words(len(found)))
    answers = await _answers(ground)
    held = {
        name: [
            answer
            for answer in answers
            if _is_for(loaded.rules, rule.only, answer) and _holds(rule, answer, live.plan.model)
        ]
        for name, rule in loaded.rules.rules.items()
        if not isinstance(rule, DropRule | MrrRule)
    }
    sample = [
        (answer.account_id, name_of(ground.book, answer.account_id), name)
        for name, of_rule in held.items()
        for answer in of_rule
    ]
    return RulePreview(
        is_valid=True,
        findings=found,
        holds=tuple((name, len(of_rule)) for name, of_rule in held.items()),
        sample=tuple(_spread(sample)),
        words=_words(ground, loaded.rules, held, len(answers)),
    )


def _too_deep(rules: str) -> str:
    """Python's reader of TOML takes minutes for one key of 50,000 parts, and nobody else is served meanwhile."""
    for number, line in enumerate(rules.split("\n"), 1):
        if line.count(".") > DOTS_MAX:
            return f"line {number}: it has more than {DOTS_MAX} dots; make several lines of it"
    return ""


async def _answers(ground: Ground) -> list[ScoreSnapshot]:
    """The answers of the accounts that pay most."""
    table = ground.book.table
    rows = np.flatnonzero(table.alive)
    mrr = np.nan_to_num(table.numbers("mrr")[rows])
    ids = [table.ids[row] for row in rows[np.lexsort((rows, -mrr))][:LOOKED_AT]]
    found: list[ScoreSnapshot] = []
    for first in range(0, len(ids), AT_ONCE):
        found += (await ground.read_model.get_many(ids[first : first + AT_ONCE])).values()
    return found


def _is_for(rules: AlertRules, only: Only, answer: ScoreSnapshot) -> bool:
    """Whether a rule is for the account, which has a score that may open cases."""
    if answer.standing or answer.provisional:
        return False
    if only.tiers and answer.tier not in only.tiers:
        return False
    if only.min_mrr and (answer.mrr or 0.0) < only.min_mrr:
        return False
    facts = answer.facts
    return all(facts.get(rules.traits.get(trait, trait)) in values for trait, values in only.traits.items())


def _holds(rule: Rule, answer: ScoreSnapshot, model: Model) -> bool:
    match rule:
        case TierRule():
            return answer.tier in rule.severities
        case FlagRule():
            return any(flag in answer.flags for flag in rule.flags)
        case ConditionRule():
            return all_hold(rule.when, defaultdict(lambda: None, answer.facts))
        case ForecastRule():
            return _is_forecast(rule, answer, model)
        case _:
            return False


def _is_forecast(rule: ForecastRule, answer: ScoreSnapshot, model: Model) -> bool:
    ahead = None if answer.forecast is None else answer.forecast.next_tier
    if ahead is None or answer.score is None or ahead.tier not in rule.tiers or answer.tier in rule.tiers:
        return False
    bound = next((tier.lower for tier in reversed(model.tiers) if tier.name == answer.tier), 0.0)
    return ahead.at_ms - answer.as_of_ms <= parse_duration(rule.lead) and answer.score - bound <= rule.near


def _spread(sample: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Some of each rule rather than all of the first."""
    seen: Counter[str] = Counter()
    ranked = []
    for place, each in enumerate(sample):
        seen[each[2]] += 1
        ranked.append((seen[each[2]], place))
    return [sample[place] for _, place in sorted(ranked)[:SAMPLE]]


def _invalid(words: str) -> RulePreview:
    return RulePreview(is_valid=False, findings=(words,), holds=(), sample=(), words=_fault_words(1))


def _fault_words(faults: int) -> str:
    return f"The rules cannot be used: {counted(faults, 'findings')} below."


def _words(ground: Ground, rules: AlertRules, held: dict[str, list[ScoreSnapshot]], looked_at: int) -> str:
    accounts = {answer.account_id for of_rule in held.values() for answer in of_rule}
    all_of = "all" if looked_at >= len(ground.book) else "the ones that pay most"
    said = [
        f"Now they hold for {counted(len(accounts), 'accounts')} of {looked_at:,}, {all_of}; a case also waits for its "
        "dwell, and none opens for what held before the rule"
    ]
    uncounted = [name for name in rules.rules if name not in held]
    if uncounted:
        said.append(f"not counted are {', '.join(uncounted)}, which look back: {BY_HISTORY}")
    return "; ".join(said) + "."
