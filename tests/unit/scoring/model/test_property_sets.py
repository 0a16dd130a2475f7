"""Synonyms of properties in a model: those that ship, those of its own, and references to them."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.event.synonyms import Synonyms, synonyms_of
from scoring.model.lint import warnings
from scoring.model.loader import load_model
from scoring.model.model import Model, ModelError
from scoring.model.model_json import decode_model, encode_model
from scoring.model.property_sets import PropertySets, shipped
from scoring.model.references import named_properties
from scoring.model.schema import Last, Open, Reached
from scoring.plan.plan import Plan
from tests.builders import a_model, model_text


def of(name: str, **properties: Any) -> Model:
    return a_model({"value": {"kind": "last", "property": name}}, properties=properties)


def names(model: Model) -> tuple[str, ...]:
    signal = model.signals["value"]
    assert isinstance(signal, Last)
    found = synonyms_of(signal.property)
    return (signal.property,) if found is None else found.names


def error(**properties: Any) -> str:
    with pytest.raises(ModelError) as raised:
        of("@mine", **properties)
    return str(raised.value)


def test_all_that_ship_can_be_used() -> None:
    sets = PropertySets({})
    for name in shipped():
        assert sets.synonyms("", name).names[0] == name or name in ("user", "owner", "role")
        assert set(sets.synonyms("", name).values) == {text.casefold() for text in shipped()[name].values}


def test_a_plain_name_is_as_it_was() -> None:
    model = of("csat")
    assert (names(model), model.written, model.properties) == (("csat",), {}, {})


def test_ones_own_name_comes_first_or_last_and_one_that_ships_is_left_out() -> None:
    assert names(of("@nps", nps=["score", "@nps"])) == ("score", *shipped()["nps"].names)
    assert names(of("@nps", nps=["@nps", "score", "!nps_rating"])) == ("nps", "nps_score", "score")
    assert names(of("@both", both=["@nps", "!@mrr", "MRR", "x"])) == (*shipped()["nps"].names, "x")


def test_another_set_has_the_models_own_of_those_that_it_refers_to() -> None:
    assert names(of("@answer", nps=["score"], answer=["@nps", "nps"])) == ("score", "nps")


def test_values_are_extended_and_replaced() -> None:
    sets = of("@csat", csat={"names": ["@csat", "smile"], "values": {":-)": 5, "GOOD": 4}}).properties
    found = PropertySets(sets).synonyms("", "csat")
    assert (found.values[":-)"], found.values["good"], found.values["bad"]) == (5, 4, 1)
    assert PropertySets({}).synonyms("", "nps") == Synonyms(names=("nps", "nps_score", "nps_rating"))


def test_references_stand_wherever_a_property_is_named() -> None:
    where = [{"property": "@severity", "is": "high"}]
    model = a_model(
        {
            "open": {
                "kind": "open",
                "events": ["opened"],
                "closed_by": ["closed"],
                "item": "@ticket_id",
                "weigh_by": "@severity",
                "where": where,
            },
            "mean": {"kind": "mean", "property": "@csat", "window": "1d"},
            "sum": {"kind": "sum", "property": "@seats", "window": "1d"},
            "users": {"kind": "distinct", "of": "@user", "window": "1d"},
            "mrr": {"kind": "last", "property": "@mrr", "by": "@subscription_id"},
            "hours": {
                "kind": "duration",
                "events": ["opened"],
                "closed_by": ["closed"],
                "item": "@ticket_id",
                "window": "1d",
            },
            "steps": {"kind": "milestones", "steps": [{"name": "a", "events": ["a"], "where": where}]},
        }
    )
    used = ("severity", "ticket_id", "csat", "seats", "user", "mrr", "subscription_id")
    assert named_properties(model) == {each for name in used for each in shipped()[name].names}
    opened, steps = model.signals["open"], model.signals["steps"]
    assert isinstance(opened, Open)
    assert isinstance(steps, Reached)
    assert opened.where == steps.steps[0].where
    assert model.as_written["users"].source_text() == "analytics ▸ @user"
    assert Plan(decode_model(encode_model(model))).identity == Plan(model).identity


def test_the_same_synonyms_are_the_same_state_and_others_another() -> None:
    plain, named, mine, other = (
        Plan(of(name, **sets)).identities.keys()
        for name, sets in (
            ("nps", {}),
            ("@nps", {}),
            ("@mine", {"mine": ["@nps"]}),
            ("@nps", {"nps": ["@nps", "score"]}),
        )
    )
    assert named == mine
    assert len({*plain, *named, *other}) == 3


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({}, ": signals.value.property: no synonyms are called 'mine'"),
        ({"mine": ["@mine"]}, "line 4: properties.mine: '@mine' refers to itself; remove it from properties.mine"),
        ({"mine": ["@a"], "a": ["@mine"]}, "properties.mine: synonyms cannot refer to themselves: mine ▸ a ▸ mine"),
        ({"mine": ["a", "!a"]}, "properties.mine: '@mine' names no property; name one, or leave it out"),
        ({"mine": []}, "properties.mine: '@mine' names no property"),
        ({"mine": [""]}, "properties.mine: an entry is empty; remove it"),
        ({"mine": ['say "x"']}, "a quote, a backslash or a control character"),
        ({"mine": ["@csta"]}, "no synonyms are called 'csta'; did you mean 'csat'?"),
        ({'"@mine"': ["a"]}, "synonyms cannot be called '@mine'; write a plain word, like 'csat'"),
        ({"mine": 7}, "properties.mine"),
        ({"mine": {"name": ["a"]}}, "properties.mine.name: no such key; did you mean 'names'?"),
        ({"mine": {"names": ["a"], "values": {"a": True}}}, "properties.mine.values"),
    ],
)
def test_an_error_says_where_and_what_to_do(properties: dict[str, Any], words: str) -> None:
    assert words in error(**properties)


def test_the_table_must_be_one() -> None:
    signals = {"value": {"kind": "last", "topics": ["billing"], "property": "mrr"}}
    text = model_text({"name": "x"}, signals, {"level": {"shape": "ratio", "signal": "value", "of": 1, "weight": 1}})
    with pytest.raises(ModelError, match=r"\[properties\] is not a table"):
        load_model(f"properties = 7\n{text}")


def test_synonyms_that_nothing_refers_to_are_a_likely_mistake() -> None:
    found = [each.key for each in warnings(of("@a", a=["@b"], b=["x"], c=["y"])) if each.key.startswith("properties")]
    assert found == ["properties.c"]


def test_synonyms_of_a_source_are_referred_to() -> None:
    text = model_text(
        {"name": "x"},
        {"usage": {"kind": "count", "topics": ["analytics"], "window": "7d"}},
        {"level": {"shape": "ratio", "signal": "usage", "of": 1, "weight": 1, "source": "answers"}},
        others={"sources": {"answers": {"topics": ["tickets"], "property": "@mine"}}},
        properties={"mine": ["stars"]},
    )
    model = load_model(text)
    assert [each for each in warnings(model) if each.key == "properties.mine"] == []
    assert named_properties(model) == {"stars"}
