"""Reads a model from a TOML file and checks it. `load_model` is the only way to get one.

Every error names the line, the key and the fix.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec

from scoring.model import schema
from scoring.model.checks import check, check_size
from scoring.model.checks.toml_tables import converted
from scoring.model.event_sets import EventSets
from scoring.model.extension import PRESETS as PRESETS
from scoring.model.extension import ModelText, chain_of, error_in, merged, preset
from scoring.model.model import Model, ModelError, Tier
from scoring.model.property_sets import PropertySets, Renamed
from scoring.model.rule_checks import ModelRuleError, suggestion

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
    return load_model(preset(name))


def load_model(source: str | ModelText) -> Model:
    """The model in a TOML text, with what it extends; a byte order mark is skipped. Names are normalised to Unicode's
    NFC, as in events.

    Raises:
        ModelError: «line 12: signals.usage.window: …», when it is not TOML, has an unknown key, or breaks a rule.
    """
    chain = chain_of(ModelText(source) if isinstance(source, str) else source)
    try:
        model = _model_of(merged(chain))
        check(model)
        check_size(model)
    except ModelRuleError as mistake:
        raise error_in(chain, mistake) from None
    return model


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
