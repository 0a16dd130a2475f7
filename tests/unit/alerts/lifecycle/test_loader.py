"""A rule file becomes rules, and every mistake names the line, the key and the fix."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from alerts.lifecycle import schema
from alerts.lifecycle.loader import SHIPPED, RulesError, line_in, load_rules, load_shipped, shipped_text
from alerts.lifecycle.policy import Policy
from scoring.model.loader import PRESETS, load_model, load_preset
from tests.support.alerting.rule_file import TEXT, changed, line_with, said_of, the_model


def test_a_file_with_every_kind_of_table_is_read() -> None:
    rules = load_rules(TEXT, the_model())
    assert (rules.header.name, rules.header.version, rules.header.zone) == ("ours", 3, "Europe/Berlin")
    assert [type(rule) for rule in rules.rules.values()] == list(get_args(schema.Rule))
    assert list(rules.routes) == ["page", "team", "rest"]
    assert rules.routes["page"].continue_
    assert (rules.routes["rest"].storm, rules.routes["team"].storm) == (None, schema.Volume(messages=20))
    assert rules.routes["rest"].digest == schema.Digest(at="09:30", days=("mon",), zone="UTC")
    assert rules.calendars["office"].from_ == "09:00"
    assert (rules.guard.share, rules.guard.accounts) == (0.1, 10)
    assert rules.traits == {"owner": "owner", "segment": "segment"}


def test_what_is_read_can_be_compiled() -> None:
    assert Policy(load_rules(TEXT, the_model()), the_model().tiers).watches.keys() == {
        "renewal",
        "segment is enterprise",
    }


def test_a_byte_order_mark_is_skipped_and_names_are_composed() -> None:
    assert load_rules("\ufeff" + TEXT, the_model()) == load_rules(TEXT, the_model())
    decomposed = load_rules(changed("Health fell", "Sante\u0301"), the_model())
    assert decomposed.rules["tier"].label == "Santé"


@pytest.mark.parametrize("key", ["digest", "quiet", "rate", "storm"])
def test_false_turns_a_part_of_a_route_off(key: str) -> None:
    text = re.sub(rf"(?m)^{key} = .*$", f"{key} = false", TEXT)
    assert {getattr(route, key) for route in load_rules(text, the_model()).routes.values()} <= {
        None,
        schema.Volume(messages=20),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "alerts: there is no table [alerts]; add it, with a name"),
        ("[alerts", "not TOML: "),
        ("[alerts]\nname = 1" + "0" * 5000, "not TOML: "),
    ],
)
def test_what_is_no_rule_file_says_so(text: str, words: str) -> None:
    with pytest.raises(RulesError, match=re.escape(words)):
        load_rules(text, the_model())


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("[guard]", "[gaurd]", "gaurd", "alert rules have no table [gaurd]; did you mean 'guard'?"),
        ('name = "ours"\n', "", "alerts", "`name` is missing; add it"),
        ('label = "Health fell"', 'lable = "x"', "rules.tier.lable", "no such key; did you mean 'label'?"),
        ('kind = "drop"', 'kind = "dorp"', "rules.drop.kind", "no kind is called 'dorp'; did you mean 'drop'?"),
        ('kind = "drop"\n', "", "rules.drop", "`kind` is missing; add one of 'tier', 'drop'"),
        ("points = 15", 'points = "15"', "rules.drop.points", "it is a text; write a number"),
        ("points = 15", "points = nan", "rules.drop.points", "nan is not a usable number"),
        ('red = "critical", y', 'red = "urgent", y', "rules.tier.severities.red", "'urgent' is not among the choices"),
        ('["enterprise"] }', '"enterprise" }', "rules.drop.only.traits.segment", "'enterprise' is not a list; write ["),
        ("rate = { messages = 10,", "rate = {", "routes.team.rate", "`messages` is missing; add it"),
        ("rate = { messages", "rate = { number", "routes.team.rate.number", "no such key. Take one of messages"),
        ("[guard]\nshare = 0.1", "[[guard]]\nshare = 0.1", "guard", "it is a list; write a table"),
    ],
)
def test_what_is_written_wrongly_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    text = changed(old, new)
    line, at, said = said_of(text)
    assert (at, said[: len(words)]) == (key, words)
    assert line == line_in(text, key) > 0


def test_the_line_is_that_of_the_key() -> None:
    text = changed('dwell = "12h"', 'dwell = "a while"')
    assert said_of(text)[0] == line_with(text, "a while")


# --- what ships


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_rules_fit_every_preset_without_a_finding(name: str, preset: str) -> None:
    loaded = load_shipped(name, load_preset(preset))
    assert loaded.findings == ()
    assert {"tier", "drop", "forecast", "contraction"} <= set(loaded.rules.rules)
    Policy(loaded.rules, load_preset(preset).tiers)


@pytest.mark.parametrize("name", SHIPPED)
def test_for_the_default_model_nothing_is_left_out_and_the_text_is_a_file_of_its_own(name: str) -> None:
    loaded = load_shipped(name, the_model())
    assert loaded.notes == ()
    assert load_rules(shipped_text(name), the_model()) == loaded.rules


def test_every_shipped_rule_has_a_label_and_an_action() -> None:
    rules = load_shipped("default", the_model()).rules.rules
    assert [name for name, rule in rules.items() if not rule.label or not rule.action] == []


def test_there_are_no_other_rules_that_ship() -> None:
    with pytest.raises(RulesError, match="no rules are called 'defualt': take one of default, at-once, or the path"):
        shipped_text("defualt")


def test_a_file_of_ones_own_must_have_all_that_it_names() -> None:
    least = load_model(
        '[model]\nname = "least"\n[signals.uses]\nkind = "count"\ntopics = ["analytics"]\nwindow = "7d"\n'
        '[components.use]\nshape = "linear"\nsignal = "uses"\npoints = [[0, 0], [9, 100]]\nweight = 1\n'
    )
    assert load_shipped("default", least).rules.rules.keys() == {"tier", "drop", "forecast"}
    with pytest.raises(RulesError, match=r"line \d+: traits.owner: no text signal of the model is called 'owner'"):
        load_rules(shipped_text("default"), least)


def test_the_rules_that_tell_at_once_are_the_default_ones_without_any_dwell() -> None:
    usual, at_once = (load_shipped(name, load_preset("default")).rules for name in ("default", "at-once"))
    without = {name: msgspec.structs.replace(rule, dwell="", exit_dwell="") for name, rule in usual.rules.items()}
    assert at_once.rules == without
    assert at_once.routes == usual.routes
