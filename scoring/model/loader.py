"""Reads a model from a TOML file and checks it. `load_model` is the only way to get one.

Every error names the line, the key and the fix.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable
from importlib import resources
from typing import Any
from unicodedata import normalize

import msgspec

from scoring.model import schema
from scoring.model.checks import check, check_size
from scoring.model.checks.toml_lines import line_of
from scoring.model.checks.toml_tables import converted
from scoring.model.event_sets import EventSets
from scoring.model.model import Model, ModelError, Tier
from scoring.model.property_sets import PropertySets, Renamed
from scoring.model.rule_checks import ModelRuleError, suggestion

PRESETS = ("default", "usage-trend-friction", "four-inputs", "eight-components", "health-index")
_SECTIONS = (
    *("model", "tiers", "events", "properties", "signals", "sources", "components", "standings", "profiles", "floors"),
    *("flags", "signs", "calibrations"),
)
_DEFAULT_TIERS = {"red": 0, "yellow": 45, "green": 75}


def with_resolution(model: Model, resolution: str) -> Model:
    """The same model at another resolution, checked again except for the size of records: this is for replays, which
    store none.

    Raises:
        ModelError: when its windows do not fit the resolution; it names the key, but no line.
    """
    changed = msgspec.structs.replace(model, header=msgspec.structs.replace(model.header, resolution=resolution))
    try:
        check(changed)
    except ModelRuleError as mistake:
        raise ModelError(str(mistake)) from None
    return changed


def load_preset(name: str) -> Model:
    """A model that ships with Vitals; `PRESETS` has the names.

    Raises:
        ModelError: for an unknown name.
    """
    if name not in PRESETS:
        raise ModelError(f"no preset is called {name!r}: take one of {', '.join(PRESETS)}, or the path of a model file")
    return load_model((resources.files("scoring.model") / "presets" / f"{name}.toml").read_text("utf-8"))


def load_model(text: str) -> Model:
    """The model in a TOML text; a byte order mark is skipped. Names are normalised to Unicode's NFC, as in events.

    Raises:
        ModelError: «line 12: signals.usage.window: …», when it is not TOML, has an unknown key, or breaks a rule.
    """
    text = text.removeprefix("\ufeff")
    try:
        tables: dict[str, Any] = _composed(tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, brackets thousands deep
        raise ModelError(f"not TOML: {error}; fix the text there") from None
    try:
        model = _model_of(tables)
        check(model)
        check_size(model)
    except ModelRuleError as mistake:
        line = line_of(text, mistake.key)
        raise ModelError(f"line {line}: {mistake}" if line else str(mistake)) from None
    return model


def _composed(found: Any) -> Any:
    """The value with all texts in NFC."""
    match found:
        case str():
            return normalize("NFC", found)
        case list():
            return [_composed(each) for each in found]
        case dict():
            return {normalize("NFC", key): _composed(value) for key, value in found.items()}
        case _:
            return found


def _model_of(tables: dict[str, Any]) -> Model:
    for key in tables:
        if key not in _SECTIONS:
            words = f"a model has no table [{key}]{suggestion(key, _SECTIONS)}"
            raise ModelRuleError(key, f"{words} Take one of [{'], ['.join(_SECTIONS)}]")
    events: dict[str, tuple[str, ...]] = _named(tables, "events", tuple[str, ...])
    properties = _properties(tables)
    sets, synonyms = EventSets(events), PropertySets(properties)
    written: dict[str, schema.Signal] = _needed(tables, "signals", schema.Signal)
    signals = {
        name: synonyms.signal(f"signals.{name}", sets.signal(f"signals.{name}", signal))
        for name, signal in written.items()
    }
    written_sources: dict[str, schema.Source] = _named(tables, "sources", schema.Source)
    sources = {
        name: synonyms.signal(f"sources.{name}", sets.signal(f"sources.{name}", source))
        for name, source in written_sources.items()
    }
    bounds = converted("tiers", tables.get("tiers", _DEFAULT_TIERS), dict[str, float])
    return Model(
        header=converted("model", tables.get("model", {}), schema.Header),
        tiers=tuple(Tier(name, lower) for name, lower in bounds.items()),
        signals=signals,
        components=_needed(tables, "components", schema.Component),
        standings=_named(tables, "standings", schema.Standing),
        sources=sources,
        profiles=_named(tables, "profiles", schema.Profile),
        floors=_named(tables, "floors", schema.Floor),
        flags=_named(tables, "flags", schema.Flag),
        signs=_named(tables, "signs", schema.Sign),
        calibrations=_named(tables, "calibrations", schema.Calibration),
        events=events,
        properties=properties,
        written={name: signal for name, signal in written.items() if signal is not signals[name]},
        written_sources={name: each for name, each in written_sources.items() if each is not sources[name]},
    )


def _properties(tables: dict[str, Any]) -> dict[str, Renamed]:
    """The model's own synonyms: each a list of names, or a table with `names` and `values`."""
    given = tables.get("properties", {})
    if not isinstance(given, dict):
        raise ModelRuleError("properties", "[properties] is not a table; write NAME = ['a_property', 'its_other_name']")
    written = {name: {"names": each} if isinstance(each, list) else each for name, each in given.items()}
    return {name: converted(f"properties.{name}", each, Renamed) for name, each in written.items()}


def _needed(tables: dict[str, Any], section: str, kind: Hashable) -> dict[str, Any]:
    named = _named(tables, section, kind)
    if not named:
        raise ModelRuleError(section, f"there is no [{section}], but a model needs at least one; add [{section}.NAME]")
    return named


def _named(tables: dict[str, Any], section: str, kind: Hashable) -> dict[str, Any]:
    named = tables.get(section, {})
    if not isinstance(named, dict):
        form = "NAME = ['an_event']" if section == "events" else f"[{section}.NAME]"
        raise ModelRuleError(section, f"[{section}] is not a table; write {form}")
    return {name: converted(f"{section}.{name}", table, kind) for name, table in named.items()}
