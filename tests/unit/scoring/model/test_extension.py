"""A model file that says only what differs from another."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest

from scoring.model.extension import ModelText
from scoring.model.loader import PRESETS, load_model, load_preset
from scoring.model.model import Model, ModelError
from scoring.model.model_json import decode_model, encode_model
from scoring.model.schema import Count, Last, Linear, Open
from scoring.model.toml_text import toml_text, whole_text
from scoring.plan.plan import Plan

BASE = """\
[model]
name = "base"
version = 7
description = "The base."
weights_sum = 30
known_by = ["use", "tickets"]
neutral_weight = 5

[events]
mine = ["a", "b"]

[properties]
level = { names = ["level"], values = { top = "high" } }

[signals.use]
kind = "count"
topics = ["analytics"]
exclude = ["@machine", "@mine"]
window = "30d"

[signals.tickets]
kind = "count"
topics = ["tickets"]
window = "30d"
where = [{ property = "@level", is = "high" }]

[signals.age]
kind = "age"

[components.use]
shape = "linear"
signal = "use"
points = [[0, 0], [10, 100]]
weight = 20

[components.tickets]
shape = "linear"
signal = "tickets"
points = [[0, 100], [10, 0]]
weight = 10

[components.both]
shape = "blend"
parts = { use = 1, tickets = 1 }
weight = 0

[profiles.young]
when = [{ signal = "age", below = 30 }]
weights = { use = 1, tickets = 2, both = 1 }

[floors.silent]
when = [{ signal = "use", at_most = 0 }]
to = 40
"""
NAMED = 'extends = "base.toml"\n[model]\nname = "mine"\n'


def text(own: str, files: Mapping[str, str] | None = None, name: str = "mine.toml") -> ModelText:
    known = {"base.toml": BASE, **(files or {})}

    def beside(path: str) -> ModelText:
        if path not in known:
            raise ModelError(f"There is no model {path!r}.")
        return ModelText(known[path], path, beside)

    return ModelText(own, name, beside)


def extended(changes: str) -> Model:
    return load_model(text(NAMED + changes))


def error(own: str, files: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ModelError) as raised:
        load_model(text(own, files))
    return str(raised.value)


@pytest.mark.parametrize("preset", PRESETS)
def test_three_lines_are_the_preset_under_another_name(preset: str) -> None:
    found, original = load_model(f'extends = "{preset}"\n[model]\nname = "mine"\n'), load_preset(preset)
    assert (found.name, found.version) == ("mine", 1)
    assert found.header.description == f"Extends {preset} version {original.version}."
    assert (found.signals, found.components, found.tiers) == (original.signals, original.components, original.tiers)


def test_tables_are_merged_key_by_key_and_the_later_wins() -> None:
    found = extended('[components.use]\nweight = 50\n[tiers]\nred = 0\nfine = 60\n[signals.more]\nkind = "age"\n')
    use = found.components["use"]
    assert isinstance(use, Linear)
    assert (use.weight, use.points) == (50, ((0, 0), (10, 100)))
    assert [tier.name for tier in found.tiers] == ["red", "fine"]
    assert list(found.signals) == ["use", "tickets", "age", "more"]
    assert found.header.neutral_weight == 5


def test_one_bound_of_a_tier_is_changed_alone() -> None:
    model = load_model('extends = "default"\n[model]\nname = "mine"\n[tiers]\nyellow = 50\n')
    assert [tier.name for tier in model.tiers] == ["red", "yellow", "green"]
    assert model.tiers[1].lower == 50


def test_another_kind_or_shape_replaces_the_table() -> None:
    changes = '[signals.tickets]\nkind = "last"\ntopics = ["billing"]\nproperty = "tickets"\n'
    found = extended(changes).signals["tickets"]
    assert isinstance(found, Last)
    assert found.where == ()


def test_what_is_removed_is_gone_wherever_it_has_a_weight() -> None:
    found = extended("[components.tickets]\nremove = true\n[floors]\nremove = true\n")
    assert (list(found.components), found.floors) == (["use", "both"], {})
    assert found.profiles["young"].weights == {"use": 1, "both": 1}
    assert found.components["both"].part_weights() == {"use": 1}
    assert found.header.known_by == ("use",)


def test_a_set_of_the_same_name_extends_that_of_the_extended_model() -> None:
    found = extended('[events]\nmine = ["@mine", "!a", "c"]\n[properties]\nlevel = ["@level", "rank"]\n')
    use, tickets = found.signals["use"], found.signals["tickets"]
    assert isinstance(use, Count)
    assert isinstance(tickets, Count)
    assert [use.takes("analytics", name) for name in ("a", "b", "c")] == [True, False, False]
    assert '{"names":["level","rank"],"values":{"top":"high"}}' in tickets.where[0].property


def test_a_chain_is_merged_from_its_end() -> None:
    middle = 'extends = "default"\n[model]\nname = "middle"\n[signals.seats]\nproperty = "licenses"\n'
    found = load_model(text('extends = "middle.toml"\n[model]\nname = "mine"\nversion = 3\n', {"middle.toml": middle}))
    seats = found.signals["seats"]
    assert isinstance(seats, Last)
    assert (found.version, seats.property, seats.minimum) == (3, "licenses", 0)


def test_a_merged_model_stands_alone() -> None:
    source = text(NAMED + '[signals.open]\nkind = "open"\ntopics = ["tickets"]\nevents = ["@ticket_opened"]\n'
        'closed_by = ["@ticket_closed"]\nitem = "@ticket_id"\n')  # fmt: skip
    model = load_model(source)
    assert isinstance(model.signals["open"], Open)
    assert Plan(decode_model(encode_model(model))).identity == Plan(model).identity
    whole = whole_text(source)
    assert whole.startswith("# Merged with base.toml.\n\n[model]\nname = ")
    assert load_model(whole) == model
    assert whole_text(ModelText(BASE)) == BASE


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_the_same_when_it_is_written_again(preset: str) -> None:
    source = f'extends = "{preset}"\n[model]\nname = "mine"\n'
    assert load_model(whole_text(ModelText(source))) == load_model(source)


def test_any_text_and_key_is_written_as_it_is_read() -> None:
    tables = {"signals": {'a "b"': {"x": ['\\ \x7f " é', 1.5, True, {"ü": [1] * 60}], "long": ["é" * 30] * 9}}}
    assert tomllib.loads(toml_text(tables)) == tables


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ('extends = "base.toml"\n', "line 1: extends: a model that extends another needs a name of its own"),
        ('extends = "base.toml"\n[model]\nname = "base"\n', "line 3: model.name: 'base' is the name of the model that"),
        ('extends = "nowhere.toml"\n', "line 1: extends: There is no model 'nowhere.toml'."),
        ("extends = 7\n", "line 1: extends: name a preset, or the path of a file, as in extends = 'default'"),
        ('[model]\nname = "mine"\nextends = "default"\n', "line 3: model.extends: it belongs above all tables"),
        (f'{NAMED}extends = "default"\n', "line 4: model.extends: it belongs above all tables"),
        ('extends = "a.toml"\n', "b.toml, line 1: extends: these files extend each other: mine.toml ▸ a.toml ▸ b"),
        ('extends = "mine.toml"\n', "these files extend each other: mine.toml ▸ mine.toml"),
        ('extends = "broken.toml"\n', "line 1: extends: broken.toml is not TOML: "),
        (f"{NAMED}[components.usee]\nremove = true\n", "line 4: components.usee: there is nothing to remove: "),
        (f"{NAMED}[components.use]\nremove = true\nweight = 1\n", "line 5: components.use.remove: it removes the "),
        (f"{NAMED}[components.use]\nweight = -1\n", "line 5: components.use.weight: -1 must be from 0 to 1000"),
        (
            f"{NAMED}[signals.tickets]\nremove = true\n",
            "base.toml, line 38: components.tickets.signal: no signal is called 'tickets'.",
        ),
        (f"{NAMED}[signals.age]\nremove = true\n", "write [profiles.young] remove = true"),
        (f"{NAMED}[components.use]\nshape = 'linear'\npoints = 7\n", "line 6: components.use.points"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_of_the_right_file(own: str, words: str) -> None:
    a, b = ('extends = "b.toml"\n[model]\nname = "a"\n', 'extends = "a.toml"\n[model]\nname = "b"\n')
    assert words in error(own, {"mine.toml": own, "a.toml": a, "b.toml": b, "broken.toml": "x"})


def test_a_text_from_nowhere_extends_presets_only() -> None:
    with pytest.raises(ModelError, match=r"line 1: extends: no preset is called 'defualt'; did you mean 'default'\?"):
        load_model('extends = "defualt"\n')
