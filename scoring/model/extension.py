"""`extends`: a model file that says only what differs from a preset, or from another file.

Tables are merged key by key, and the later file wins; a list replaces a list. A table with another `kind` or `shape`
replaces the earlier one, as does a `[tiers]` with a tier at 0. Name, version, description, sum of weights and
calibrations are a model's own. `remove = true` in a table removes the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, NamedTuple

from scoring.event.synonyms import MARK
from scoring.model.checks.toml_lines import place_of
from scoring.model.checks.toml_tables import tables_of
from scoring.model.model import ModelError
from scoring.model.rule_checks import ModelRuleError, suggestion

PRESETS = ("default", "usage-trend-friction", "four-inputs", "eight-components", "health-index")
EXTENDS, REMOVE = "extends", "remove"
DEPTH_MAX = 10
"""The longest chain of files that extend each other."""
_OWN = ("name", "version", "description", "weights_sum")
"""The keys of [model] that are not inherited."""
_OWN_SECTIONS = ("calibrations",)
"""The tables that are not inherited: another model has other scores."""
_TAGS = ("kind", "shape")
_SETS = ("events", "properties")
Table = dict[str, Any]


class ModelText(NamedTuple):
    """The text of a model file. `name` is the preset or the path, "" for a text from nowhere; `beside` reads the file
    at a path relative to it, and raises `ModelError`."""

    text: str
    name: str = ""
    beside: Callable[[str], ModelText] | None = None


class Read(NamedTuple):
    """A model file and the tables that it has."""

    source: ModelText
    tables: Table


def preset(name: str) -> ModelText:
    """The text of a preset.

    Raises:
        ModelError: for an unknown name.
    """
    if name not in PRESETS:
        raise ModelError(f"no preset is called {name!r}: take one of {', '.join(PRESETS)}, or the path of a model file")
    return ModelText((resources.files("scoring.model") / "presets" / f"{name}.toml").read_text("utf-8"), name)


def chain_of(source: ModelText) -> list[Read]:
    """The file, the one that it extends, the one that this extends, and so on.

    Raises:
        ModelError: when one cannot be read, is not TOML, or they extend each other in a circle.
    """
    chain = [_read(source)]
    while (extended := chain[-1].tables.pop(EXTENDS, None)) is not None:
        try:
            found = _extended(chain[-1].source, extended)
            if len(chain) >= DEPTH_MAX or any(found.name == each.source.name for each in chain):
                names = " ▸ ".join(each.source.name or "this file" for each in (*chain, Read(found, {})))
                raise ModelError(f"these files extend each other: {names}; remove one of these lines")
            chain.append(_read(found))
        except ModelError as error:
            raise error_in(chain, ModelRuleError(EXTENDS, str(error)), chain[-1:]) from None
    return chain


def merged(chain: Sequence[Read]) -> Table:
    """The tables of a file with those that it extends.

    Raises:
        ModelRuleError: when it has no name of its own, or removes what is not there.
    """
    tables = chain[-1].tables
    for each in chain:
        header = each.tables.get("model")
        if isinstance(header, dict) and EXTENDS in header:
            raise ModelRuleError(f"model.{EXTENDS}", "it belongs above all tables; move it to the top of the file")
    for each in reversed(chain[:-1]):
        own = each.tables.get("model")
        if not isinstance(own, dict) or "name" not in own:
            raise ModelRuleError(EXTENDS, "a model that extends another needs a name of its own; add [model] name")
        header = tables.get("model", {})
        if own["name"] == header.get("name"):
            words = f"{own['name']!r} is the name of the model that it extends; give it another"
            raise ModelRuleError("model.name", words)
        called = f"{header.get('name')} version {header.get('version', 1)}"
        inherited = {key: value for key, value in header.items() if key not in _OWN}
        tables = {section: table for section, table in tables.items() if section not in _OWN_SECTIONS}
        base = {**tables, "model": {"name": "", "description": f"Extends {called}.", **inherited}}
        tables = _merged(base, each.tables)
    return tables


def error_in(chain: Sequence[Read], mistake: ModelRuleError, searched: Sequence[Read] = ()) -> ModelError:
    """The error with its line, and with the file unless that is the first. Only the files in `searched` are searched,
    when there are any."""
    files = searched or chain
    number, line = place_of([each.source.text for each in files], mistake.key)
    if not line:
        return ModelError(str(mistake))
    if files[number].source == chain[0].source:
        return ModelError(f"line {line}: {mistake}")
    return ModelError(f"{files[number].source.name}, line {line}: {mistake}{_remedy(mistake)}")


def _remedy(mistake: ModelRuleError) -> str:
    """For a mistake in a file that is extended: how to undo it in the one that extends it."""
    section, _, rest = mistake.key.partition(".")
    name = rest.partition(".")[0].partition("[")[0]
    if not name or section in ("model", "tiers"):
        return ""
    return f"; or, in the file that extends it, write [{section}.{name}] {REMOVE} = true"


def _extended(source: ModelText, name: object) -> ModelText:
    if not isinstance(name, str) or not name:
        raise ModelError("name a preset, or the path of a file, as in extends = 'default'")
    if name in PRESETS:
        return preset(name)
    if source.beside is None:
        raise ModelError(f"no preset is called {name!r}{suggestion(name, PRESETS)} Take one of {', '.join(PRESETS)}")
    return source.beside(name)


def _read(source: ModelText) -> Read:
    text = source.text.removeprefix("\ufeff")
    try:
        tables: Table = tables_of(text)
    except ValueError as error:
        where = f"{source.name} is " if source.name else ""
        raise ModelError(f"{where}{error}") from None
    return Read(source._replace(text=text), tables)


# --- merging


def _merged(base: Table, own: Table, path: str = "") -> Table:
    """The tables of `base` changed by those of `own`; `path` is their key."""
    tables = dict(base)
    for name, value in own.items():
        key = f"{path}.{name}".removeprefix(".")
        earlier = base.get(name)
        if isinstance(value, dict) and value.get(REMOVE) is True:
            _check_removal(key, value, name, base)
            del tables[name]
        elif key in _SETS and isinstance(value, dict) and isinstance(earlier, dict):
            tables[name] = {**earlier, **{each: _set(each, value[each], earlier.get(each)) for each in value}}
        elif isinstance(value, dict) and isinstance(earlier, dict) and not _replaces(key, value, earlier):
            tables[name] = _merged(earlier, value, key)
        else:
            tables[name] = value
    return _without_weights(tables, base) if not path else tables


def _check_removal(key: str, value: Table, name: str, base: Table) -> None:
    if len(value) > 1:
        others = ", ".join(other for other in value if other != REMOVE)
        raise ModelRuleError(
            f"{key}.{REMOVE}", f"it removes the table, so {others} has no effect; leave one of them out"
        )
    if name not in base:
        words = f"there is nothing to remove: the extended model has no {name!r}{suggestion(name, base)}"
        raise ModelRuleError(key, f"{words} It has {', '.join(base)}")


def _replaces(key: str, value: Table, earlier: Table) -> bool:
    """Whether a table replaces the earlier one, because their keys do not belong together."""
    if key == "tiers":
        return any(lower == 0 for lower in value.values())
    return any(tag in value and value[tag] != earlier.get(tag) for tag in _TAGS)


def _set(name: str, value: object, earlier: object) -> object:
    """A set of events, or synonyms. In one of the same name `@name` is that of the extended model, when it has one."""
    names, values = _names_and_values(value)
    known, meanings = _names_and_values(earlier)
    if f"{MARK}{name}" not in names or not known:
        return value
    at = names.index(f"{MARK}{name}")
    whole = [*names[:at], *known, *names[at + 1 :]]
    return {"names": whole, "values": {**meanings, **values}} if values or meanings else whole


def _names_and_values(given: object) -> tuple[list[Any], Table]:
    """What a set says, as a list or, with what texts stand for, as a table; nothing when it is neither."""
    table = given if isinstance(given, dict) else {"names": given}
    names, values = table.get("names"), table.get("values", {})
    return names if isinstance(names, list) else [], values if isinstance(values, dict) else {}


def _without_weights(tables: Table, base: Table) -> Table:
    """The tables without what inherited ones say of components that were removed: weights of profiles, parts of blends,
    `known_by`."""
    components = tables.get("components")
    gone = [name for name in base.get("components", {}) if isinstance(components, dict) and name not in components]
    if not gone:
        return tables
    tables = dict(tables)
    for section, field in (("profiles", "weights"), ("components", "parts")):
        tables[section] = {name: _without(each, field, gone) for name, each in tables.get(section, {}).items()}
    tables["model"] = _without(tables.get("model", {}), "known_by", gone)
    return tables


def _without(table: object, field: str, names: Sequence[str]) -> object:
    """A table whose `field`, a table or a list, has none of these names."""
    if not isinstance(table, dict) or not isinstance(table.get(field), dict | list):
        return table
    given = table[field]
    kept = {key: value for key, value in given.items() if key not in names} if isinstance(given, dict) else None
    return {**table, field: [name for name in given if name not in names] if kept is None else kept}
