"""A model with other weights and bounds, and its file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

from dashboard.queries.port import BadRequest
from dashboard.values.model import WhatIfRequest
from scoring.event.synonyms import MARK, synonyms_of
from scoring.model.checks import check
from scoring.model.loader import load_model
from scoring.model.model import Model, ModelError, Tier
from scoring.model.property_sets import Renamed
from scoring.model.rule_checks import ModelRuleError
from scoring.model.toml_text import toml_text


def changed(model: Model, request: WhatIfRequest) -> Model:
    """The model with the weights and bounds of the request; a required sum of weights becomes the sum that they have.

    Raises:
        BadRequest: for unknown names, and weights or bounds that a model cannot have. It names them.
    """
    _check_names("component", request.weights, tuple(model.components))
    _check_names("tier", request.bounds, tuple(tier.name for tier in model.tiers))
    components = {
        name: msgspec.structs.replace(each, weight=request.weights.get(name, each.weight))
        for name, each in model.components.items()
    }
    if not sum(each.weight for each in components.values()) > 0:
        raise BadRequest("weights: all of them are 0, so nothing would count: give one component a weight above 0.")
    tiers = tuple(Tier(tier.name, request.bounds.get(tier.name, tier.lower)) for tier in model.tiers)
    header = model.header
    if header.weights_sum is not None:
        header = msgspec.structs.replace(header, weights_sum=sum(each.weight for each in components.values()))
    other = msgspec.structs.replace(model, header=header, components=components, tiers=tiers)
    try:
        check(other)
    except ModelRuleError as mistake:
        raise BadRequest(f"A model cannot be like this: {mistake}.") from None
    return other


def model_file(model: Model, request: WhatIfRequest) -> str:
    """The model with these weights and bounds as a file that `vitals model check` accepts; its version is one more
    when something differs. Raises as `changed`."""
    other = changed(model, request)
    if other != model:
        header = msgspec.structs.replace(other.header, version=model.version + 1)
        other = msgspec.structs.replace(other, header=header)
    # Sets of events by name, for people, as long as they mean what they meant when the model was sent.
    for tables in (_tables(other, is_written=True), _tables(other, is_written=False)):
        text = toml_text(tables)
        try:
            found = load_model(text)
        except ModelError:
            continue
        if (found.signals, found.sources, found.components) == (other.signals, other.sources, other.components):
            head = f"# {model.name} version {model.version}"
            return f"{head}{', with other weights or bounds' if other.version != model.version else ''}.\n\n{text}"
    raise BadRequest("This model cannot be written as a file by this release: take the file that was published.")


def _check_names(what: str, given: Mapping[str, float], known: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name not in known:
            raise BadRequest(f"There is no {what} {name!r}: take one of {', '.join(known)}.")
        if not isfinite(value) or value < 0:
            raise BadRequest(f"{name} is {value:g}: give a number of 0 or more.")


def _tables(model: Model, *, is_written: bool) -> dict[str, Any]:
    """The tables of the file, without what is the default."""
    signals = model.as_written if is_written else model.signals
    sources = {**model.sources, **model.written_sources} if is_written else model.sources
    tables: dict[str, Any] = {"model": _plain(model.header), "tiers": {tier.name: tier.lower for tier in model.tiers}}
    tables |= {"events": {}, "properties": {}, "sources": _plain(sources), "signals": _plain(signals)}
    for section in ("components", "profiles", "standings", "floors", "flags", "signs", "calibrations"):
        tables[section] = _plain(getattr(model, section))
    if is_written:
        tables["events"] = {name: list(names) for name, names in model.events.items()}
        tables["properties"] = {name: _renamed(each) for name, each in model.properties.items()}
    else:
        held: dict[str, str] = {}
        tables = {section: _named_synonyms(table, held) for section, table in tables.items()}
        tables["properties"] = {name: _plain(synonyms_of(text)) for text, name in held.items()}
    return {section: table for section, table in tables.items() if table}


def _named_synonyms(value: Any, held: dict[str, str]) -> Any:
    """The same value with synonyms by name. `held` is filled with the names by what they mean."""
    if isinstance(value, str):
        synonyms = synonyms_of(value)
        if synonyms is None:
            return value
        if value not in held:
            plain = "".join(each if each.isalnum() else "_" for each in synonyms.names[0])
            held[value] = plain if plain not in held.values() else f"{plain}_{len(held)}"
        return MARK + held[value]
    if isinstance(value, Mapping):
        return {key: _named_synonyms(each, held) for key, each in value.items()}
    return [_named_synonyms(each, held) for each in value] if isinstance(value, list) else value


def _renamed(each: Renamed) -> object:
    return _plain(each) if each.values else list(each.names)


def _plain(value: object) -> Any:
    """A value as TOML has it: tables without their defaults, lists for tuples, tags under their keys."""
    if isinstance(value, msgspec.Struct):
        shape, table = value.__struct_config__, dict[str, Any]()
        if shape.tag is not None and shape.tag_field is not None:
            table[shape.tag_field] = shape.tag
        for field in msgspec.structs.fields(value):
            found = getattr(value, field.name)
            if found is not None and (field.required or found != _default(field)):
                table[field.encode_name] = _plain(found)
        return table
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default_factory() if callable(field.default_factory) else field.default
