"""Converts TOML tables to the structs of `scoring.model.schema`, with errors that name the exact key.

`msgspec` does the conversion. What it cannot report well is checked before: unknown and missing keys, wrong choices,
and numbers that are not finite.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterable
from functools import cache
from math import isfinite
from typing import Any, cast
from unicodedata import normalize

import msgspec
from msgspec import inspect

from scoring.model.rule_checks import ModelRuleError, suggestion


def tables_of(text: str) -> dict[str, Any]:
    """The tables of a TOML text, without its byte order mark; all names and texts in Unicode's NFC.

    Raises:
        ValueError: when it is not TOML; the text says where and what to do.
    """
    try:
        tables: dict[str, Any] = _composed(tomllib.loads(text.removeprefix("\ufeff")))
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, brackets thousands deep
        raise ValueError(f"not TOML: {error}; fix the text there") from None
    return tables


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


def converted(key: str, table: object, kind: Hashable) -> Any:
    """The struct, or the union of structs, `kind` that a table describes.

    Raises:
        ModelRuleError: when it does not fit.
    """
    _look_for_nan(key, table)
    _look(key, table, _type_info(kind))
    try:
        return msgspec.convert(table, type=cast(Any, kind))
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$")
        raise ModelRuleError(key + path.rstrip("`"), _plainly(words)) from None


_TOML_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


def _plainly(words: str) -> str:
    """What msgspec says, in the words of TOML.

    >>> _plainly("Expected `array`, got `object`"), _plainly("Expected `object | null`, got `str`")
    ('it is a table; write a list', 'it is a text; write a table')
    """
    found = re.fullmatch(r"Expected `([a-z |]+)`, got `([a-z]+)`", words)
    if found is None:
        return f"{words}; change it"
    wanted = [_TOML_WORDS.get(name, name) for name in found[1].split(" | ") if name != "null"]
    return f"it is {_TOML_WORDS.get(found[2], found[2])}; write {' or '.join(wanted)}"


@cache
def _type_info(kind: Hashable) -> inspect.Type:
    """The type information of msgspec, cached because it is slow to compute and needed for each table."""
    return inspect.type_info(kind)


def _look_for_nan(key: str, value: object) -> None:
    if isinstance(value, float) and not isfinite(value):
        raise ModelRuleError(key, f"{value} is not a usable number; give a plain one")
    if isinstance(value, dict):
        for name, each in value.items():
            _look_for_nan(f"{key}.{name}", each)
    if isinstance(value, list):
        for number, each in enumerate(value):
            _look_for_nan(f"{key}[{number}]", each)


def _look(key: str, value: object, kind: inspect.Type) -> None:
    """Check the keys of a value, recursively; the values themselves are checked by the conversion."""
    match kind:
        case inspect.UnionType():
            _look_by_tag(key, value, kind)
        case inspect.StructType() if isinstance(value, dict):
            _look_at_struct(key, value, kind)
        case inspect.VarTupleType() if isinstance(value, list):
            for number, each in enumerate(value):
                _look(f"{key}[{number}]", each, kind.item_type)
        case inspect.DictType(value_type=inspect.FloatType()) if isinstance(value, dict):
            for name, each in value.items():
                if isinstance(each, bool) or not isinstance(each, int | float):
                    raise ModelRuleError(f"{key}.{name}", f"{each!r} is not a number (a float); write one")
        case inspect.DictType() if isinstance(value, dict):
            for name, each in value.items():
                if isinstance(kind.value_type, inspect.VarTupleType) and not isinstance(each, list):
                    raise ModelRuleError(f"{key}.{name}", f"{each!r} is not a list; write [{each!r}]")
                _look(f"{key}.{name}", each, kind.value_type)
        case inspect.LiteralType() if value not in kind.values:
            choices = tuple(map(str, kind.values))
            words = f"{value!r} is not among the choices{suggestion(str(value), choices)}"
            raise ModelRuleError(key, f"{words} Take one of {_any_of(choices)}")
        case _:
            pass


def _look_by_tag(key: str, value: object, kind: inspect.UnionType) -> None:
    """Check against the struct that the tag (such as `kind`) selects."""
    structs = {str(each.tag): each for each in kind.types if isinstance(each, inspect.StructType)}
    if not structs or not isinstance(value, dict):
        return
    if all(each.tag is None for each in structs.values()):  # a struct or nothing
        _look_at_struct(key, value, next(iter(structs.values())))
        return
    tag_field = str(next(iter(structs.values())).tag_field)
    if tag_field not in value:
        raise ModelRuleError(key, f"`{tag_field}` is missing; add one of {_any_of(structs)}")
    tag = str(value[tag_field])
    if tag not in structs:
        words = f"no {tag_field} is called {tag!r}{suggestion(tag, structs)}"
        raise ModelRuleError(f"{key}.{tag_field}", f"{words} Take one of {_any_of(structs)}")
    _look_at_struct(key, value, structs[tag])


def _look_at_struct(key: str, table: dict[str, object], kind: inspect.StructType) -> None:
    fields = {field.encode_name: field for field in kind.fields}
    for name in table:
        if name not in fields and name != kind.tag_field:
            raise ModelRuleError(
                f"{key}.{name}", f"no such key{suggestion(name, fields)} Take one of {', '.join(fields)}"
            )
    for name, field in fields.items():
        if field.required and name not in table:
            raise ModelRuleError(key, f"`{name}` is missing; add it")
    for name, value in table.items():
        if name in fields:
            _look(f"{key}.{name}", value, fields[name].type)


def _any_of(choices: Iterable[str]) -> str:
    return ", ".join(map(repr, choices))
