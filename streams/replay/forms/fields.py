"""Which column of a table is which field of an event, for CSV and Parquet. Pure.

The columns of `OWN` are the event's own fields. Every other column is a property, called `properties.plan` or `plan`. A
column `properties` holds a whole object, which the other columns complete.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scoring.model.rule_checks import suggestion
from streams.errors import UserError
from streams.replay.forms.csv_cells import BadRow

OWN = ("topic", "account_id", "event", "timestamp", "id", "user_id")
NEEDED = ("topic", "account_id")
ALWAYS_TEXTS = frozenset(OWN) - {"timestamp"}
PROPERTIES = "properties"
_PREFIX = "properties."
_COMMON = (",", ";", "\t", "|")
_NAMES_LIMIT = 500
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

Column = tuple[str, bool, bool]
"""A field's name, whether it is the event's own or the whole properties, and whether its values are taken as they
are."""


def field_of(column: str) -> tuple[str, bool]:
    """The field of a column, and whether it is the event's own or the whole properties.

    >>> field_of("topic"), field_of("plan"), field_of("properties.plan")
    (('topic', True), ('plan', False), ('plan', False))
    """
    return column.removeprefix(_PREFIX), column in OWN or column == PROPERTIES


def check_columns(name: str, columns: Sequence[str], separator: str = "") -> None:
    """Check that the columns of the file `name` can be those of events.

    Raises:
        UserError: when a needed one is missing, or two are one field.
    """
    for missing in NEEDED:
        if missing not in columns:
            raise UserError(
                f"{name} has no column {missing}{_advice(missing, columns, separator)} "
                f"Its columns: {', '.join(columns)[:_NAMES_LIMIT]}."
            )
    fields = [field_of(column) for column in columns]
    for field, _ in fields:
        if not field or fields.count((field, False)) > 1 or fields.count((field, True)) > 1:
            what = f"two columns for {field!r}" if field else "a column without a name"
            raise UserError(f"{name} has {what}: give each column a name of its own.")


def _advice(missing: str, columns: Sequence[str], separator: str) -> str:
    head = "".join(columns)
    other = next((mark for mark in _COMMON if len(columns) == 1 and separator and mark in head), "")
    if other:
        return f": give --separator {'tab' if other == chr(9) else repr(other)}."
    near = suggestion(missing, columns)
    return ": each row names its topic and its account." if near == "." else near


def whole_properties(text: str) -> dict[str, msgspec.Raw]:
    """The properties that a column of this name holds, as JSON.

    Raises:
        BadRow: when it is not an object.
    """
    try:
        return _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRow(f"properties is not a JSON object: {error}") from None
