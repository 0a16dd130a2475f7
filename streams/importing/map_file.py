"""The map of an export: which column is which field, and how its cells are written. A TOML file that a person wrote."""

from __future__ import annotations

import re
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import parse_instant
from streams.errors import UserError
from streams.identity.alias import ACCOUNT
from streams.importing.known_names import DATES, NUMBERS, idea_of
from streams.replay.forms.form import encoding_of, separator_of
from streams.toml_files import toml_file

Type = Literal["text", "number", "percent", "date", "boolean", "id"]
DECIMALS, THOUSANDS = (".", ","), ("", ".", ",", "'", "’", " ")
SUBSCRIPTION_TOPIC = "billing"
_KIND = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


class Property(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that becomes the property `name`.

    `format` is that of a date: of Python's strptime, or "iso", "unix" (seconds) or "excel" (days since 1899-12-30). A
    number is divided by `divide_by`. `true` and `false` are the cells of a boolean. `event` is the event that carries
    it, "" for the usual one.
    """

    name: str
    type: Type = "text"
    format: str = "iso"
    divide_by: float = 1
    true: tuple[str, ...] = ("true",)
    false: tuple[str, ...] = ("false",)
    event: str = ""


class AccountColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The column that says whose row it is: an account id, or an id of another `kind` that aliases lead from."""

    column: str
    kind: str = ACCOUNT


class TimeColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The column that says since when a row holds."""

    column: str
    format: str = "iso"


class Ended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row whose `column` is one of `values` is that of a subscription that has ended: its event is `event`."""

    column: str
    values: tuple[str, ...]
    event: str = "subscription_canceled"


class ImportMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole map. `properties` and `aliases` are by column; an alias is the kind of the foreign ids in it.

    `source` is what aliases name as their author. `date` is when the export was made, "" if it does not say.
    """

    account: AccountColumn
    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    nulls: tuple[str, ...] = ()
    zone: str = "UTC"
    source: str = "import"
    topic: str = "billing"
    event: str = "account_updated"
    subscription_event: str = "subscription_updated"
    date: str = ""
    time: TimeColumn | None = None
    ended: Ended | None = None
    properties: dict[str, Property] = {}
    aliases: dict[str, str] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it names."""
        others = [each.column for each in (self.account, self.time, self.ended) if each is not None]
        return tuple(dict.fromkeys((*others, *self.properties, *self.aliases)))


def read_map(path: str) -> ImportMap:
    """The map in the file at `path`. Blocks.

    Raises:
        UserError: when it cannot be read, or something in it means nothing.
    """
    text = toml_file(path, "map", ())
    try:
        found = msgspec.toml.decode(text, type=ImportMap)
    except (msgspec.DecodeError, ValueError) as error:
        raise UserError(f"The map {path!r} cannot be used: {str(error).removesuffix('.')}.") from None
    try:
        return checked(found)
    except UserError as error:
        raise UserError(f"The map {path!r}: {error}") from None


def checked(found: ImportMap) -> ImportMap:
    """The map with its separator and encoding as they are used.

    Raises:
        UserError: when something in it means nothing, or two things contradict each other.
    """
    _check_marks(found)
    _check_names(found)
    for column, each in found.properties.items():
        _check_property(column, each)
    for column, kind in found.aliases.items():
        if not _KIND.fullmatch(kind):
            raise UserError(f"aliases.{column!r} is {kind!r}: give a kind of ids, such as stripe.customer.")
    return msgspec.structs.replace(
        found,
        encoding=encoding_of(found.encoding, "encoding"),
        separator=separator_of(found.separator, "separator"),
    )


def _check_marks(found: ImportMap) -> None:
    if found.decimal not in DECIMALS:
        raise UserError(f'decimal is {found.decimal!r}: give "." or ",".')
    if found.thousands not in THOUSANDS or found.thousands == found.decimal:
        raise UserError(f"thousands is {found.thousands!r}: give a point, a comma, an apostrophe or a space, or none.")
    try:
        ZoneInfo(found.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"zone {found.zone!r} is not known: give a name like Europe/Berlin, or UTC.") from None
    if found.date:
        try:
            parse_instant(found.date)
        except ValueError as error:
            raise UserError(f"date: {error}.") from None


def _check_names(found: ImportMap) -> None:
    if found.topic not in INPUT_TOPICS:
        raise UserError(f"topic is {found.topic!r}: give one of {', '.join(INPUT_TOPICS)}.")
    if not found.event.strip() or not found.subscription_event.strip():
        raise UserError("event and subscription_event must be names.")
    if found.account.kind != ACCOUNT and not _KIND.fullmatch(found.account.kind):
        raise UserError(f"account.kind is {found.account.kind!r}: give a kind such as salesforce.account, or leave it.")
    if not found.properties and not found.aliases:
        raise UserError("it names no column in [properties] or [aliases], so nothing would be imported.")
    names = [each.name for each in found.properties.values()]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UserError(f"two columns are the property {twice!r}: give one of them another name.")


def _check_property(column: str, found: Property) -> None:
    where = f"properties.{column!r}"
    if not found.name.strip():
        raise UserError(f"{where} has no name: name the property that it becomes.")
    idea = idea_of(found.name)
    if idea in NUMBERS and found.type != "number":
        raise UserError(f'{where} is {found.name}, which models read as a number: give type = "number".')
    if idea in DATES and found.type != "date":
        raise UserError(f'{where} is {found.name}, which models read as a date: give type = "date" and its format.')
    if not found.divide_by:
        raise UserError(f"{where}: divide_by is 0.")
    if set(found.true) & set(found.false):
        raise UserError(f"{where}: the same text is in true and in false.")
