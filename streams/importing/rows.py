"""A row of an export as events and aliases. Pure: the header, the map and the time of the export come from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import TypeVar

import msgspec

from scoring.event.bodies import Rejected
from scoring.instants import rfc3339
from scoring.model.rule_checks import suggestion
from streams.errors import UserError
from streams.identity.alias import ID_MAX_CHARACTERS, Alias, ForeignId
from streams.importing.cells import BadCell, Cells, found_id
from streams.importing.known_names import OF_SUBSCRIPTIONS, idea_of
from streams.importing.map_file import SUBSCRIPTION_TOPIC, ImportMap, Property

Value = TypeVar("Value")
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


class RowEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a row, for the input `topic`. `value` is its JSON without the account; `event_id` is in it."""

    topic: str
    event: str
    event_id: str
    value: bytes


class ImportedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says about the account that `account` leads to, at `instant_ms`."""

    account: ForeignId
    instant_ms: int
    events: tuple[RowEvent, ...]
    aliases: tuple[Alias, ...]


class RowReader:
    """Reads the rows of one file. Immutable."""

    def __init__(self, found: ImportMap, header: Sequence[str], as_of_ms: int) -> None:
        """`as_of_ms` is when rows hold that do not say it themselves, 0 for none.

        Raises:
            UserError: when a column of the map is not in the file, or twice.
        """
        self._map = found
        self._cells = Cells(found)
        self._as_of_ms = as_of_ms
        self._at = {name: _position(name, header) for name in found.columns}
        self._groups = tuple(_grouped(found))

    def read(self, cells: Sequence[str]) -> ImportedRow:
        """What a row says.

        Raises:
            Rejected: naming the column and the reason, when any cell of it that is mapped cannot be read.
        """
        given = {name: self._cells.given(cells[at]) for name, at in self._at.items()}
        account = self._account(given)
        instant_ms = self._instant_ms(given)
        events = tuple(self._events(account, instant_ms, given))
        aliases = tuple(self._aliases(account, instant_ms, given))
        if not events and not aliases:
            raise Rejected("nothing_given", "all mapped cells of the row are empty")
        return ImportedRow(account=account, instant_ms=instant_ms, events=events, aliases=aliases)

    def _account(self, given: Mapping[str, str]) -> ForeignId:
        column, kind = self._map.account.column, self._map.account.kind
        if not (text := given[column]):
            raise Rejected("no_account", f"{column} is empty, so it is not known whose row it is")
        found = _column(column, "placeholder_account", lambda: found_id(text))
        if len(found) > ID_MAX_CHARACTERS:
            raise Rejected("account_too_long", f"{column} has more than {ID_MAX_CHARACTERS} characters")
        return ForeignId(kind, found)

    def _instant_ms(self, given: Mapping[str, str]) -> int:
        time = self._map.time
        if time is not None and (text := given[time.column]):
            return _column(time.column, "bad_timestamp", lambda: self._cells.instant_ms(text, time.format))
        if not self._as_of_ms:
            where = f"{time.column} is empty" if time is not None else "the map names no column"
            raise Rejected("bad_timestamp", f"{where}: say with --as-of when the export was made")
        return self._as_of_ms

    def _events(self, account: ForeignId, instant_ms: int, given: Mapping[str, str]) -> list[RowEvent]:
        found = []
        ended = self._map.ended
        is_ended = ended is not None and given[ended.column] in ended.values
        for name, topic, columns in self._groups:
            properties = {
                of.name: _column(column, "bad_cell", lambda text=text, of=of: self._cells.value(text, of))  # type: ignore[misc]
                for column, of in columns
                if (text := given[column])
            }
            if is_ended and ended is not None and name == self._map.subscription_event:
                found.append(_event(account, topic, ended.event, instant_ms, properties))
            elif properties:
                found.append(_event(account, topic, name, instant_ms, properties))
        return found

    def _aliases(self, account: ForeignId, instant_ms: int, given: Mapping[str, str]) -> list[Alias]:
        found = []
        for column, kind in self._map.aliases.items():
            if not (text := given[column]):
                continue
            foreign_id = _column(column, "bad_cell", lambda text=text: found_id(text))  # type: ignore[misc]
            if len(foreign_id) > ID_MAX_CHARACTERS:
                raise Rejected("bad_cell", f"{column} has more than {ID_MAX_CHARACTERS} characters")
            alias = Alias(kind=kind, id=foreign_id, to=account, author=self._map.source, at_ms=instant_ms)
            found.append(alias)
        return found


def instant_of_export(found: ImportMap, as_of_ms: int, date_ms: int) -> int:
    """When rows hold that do not say it themselves: `--as-of`, else the date that the map declares; 0 for none.

    Raises:
        UserError: when the map has no time column either: now is never assumed.
    """
    instant_ms = as_of_ms or date_ms
    if not instant_ms and found.time is None:
        raise UserError(
            "When was the export made? Give --as-of, a date in the map, or [time] with a column that says since when "
            "each row holds."
        )
    return instant_ms


def _grouped(found: ImportMap) -> list[tuple[str, str, list[tuple[str, Property]]]]:
    """The events of a row: name, topic, and the columns that it carries."""
    groups: dict[str, list[tuple[str, Property]]] = {}
    for column, of in found.properties.items():
        usual = found.subscription_event if idea_of(of.name) in OF_SUBSCRIPTIONS else found.event
        groups.setdefault(of.event or usual, []).append((column, of))
    subscription = found.subscription_event
    if found.ended is not None:
        groups.setdefault(subscription, [])
    return [(name, SUBSCRIPTION_TOPIC if name == subscription else found.topic, of) for name, of in groups.items()]


def _event(account: ForeignId, topic: str, name: str, instant_ms: int, properties: Mapping[str, object]) -> RowEvent:
    """An event whose id is a fingerprint of what it says and when: the same row of the same export is one event."""
    timestamp = rfc3339(instant_ms)
    content = _encode_sorted([account.kind, account.id, topic, name, timestamp, properties])
    event_id = f"content-{blake2b(content, digest_size=16).hexdigest()}"
    value = {"event": name, "timestamp": timestamp, "id": event_id, "properties": properties}
    return RowEvent(topic=topic, event=name, event_id=event_id, value=msgspec.json.encode(value))


def _position(name: str, header: Sequence[str]) -> int:
    found = [at for at, each in enumerate(header) if each == name]
    if not found:
        near = suggestion(name, header)
        raise UserError(f"The file has no column {name!r}{near} Its columns: {', '.join(header)[:500]}.")
    if len(found) > 1:
        raise UserError(f"The file has {len(found)} columns {name!r}: give one of them another name in it.")
    return found[0]


def _column(column: str, reason: str, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except BadCell as error:
        raise Rejected(reason, f"{column}: {error}") from None
