"""Cells of an export as values, by the rules that its map names. Nothing is guessed. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scoring.event.ids import id_of
from scoring.event.timestamps import Untimely, written_ms
from scoring.instants import instant_of, rfc3339
from streams.importing.map_file import ImportMap, Property

ISO, UNIX, EXCEL = "iso", "unix", "excel"
_TIME_MARKS = ("%H", "%I", "%M", "%S", "%f", "%T", "%R", "%X", "%c", "%s")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
_ISO_ZONE = re.compile(r"\d\d:?\d\d.*([Zz]|UTC|GMT|[+-]\d\d(:?\d\d)?)$")
_PLAIN_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_EXCEL_FROM = datetime(1899, 12, 30)  # noqa: DTZ001  # a wall clock: the map's zone is added


class BadCell(ValueError):
    """A cell that is not as the map says. The text is the reason, without the column."""


class Cells:
    """Reads cells by a map. Immutable."""

    def __init__(self, found: ImportMap) -> None:
        self._map = found
        self._zone = ZoneInfo(found.zone)
        mark, decimal = re.escape(found.thousands), re.escape(found.decimal)
        whole = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if mark else r"\d+"
        self._number = re.compile(rf"([+-]?)({whole})(?:{decimal}(\d+))?", re.ASCII)
        self._nulls = frozenset(found.nulls)

    def given(self, cell: str) -> str:
        """The cell without white space around it; "" when it is empty or a mark for nothing."""
        text = cell.translate(_SPACES).strip()
        return "" if text in self._nulls else text

    def value(self, text: str, of: Property) -> str | float | bool:
        """The value in a cell that is given.

        Raises:
            BadCell: when it is not of the type that the map names.
        """
        match of.type:
            case "number":
                return _divided(self.number(text), of.divide_by)
            case "percent":
                return _divided(self.number(text.removesuffix("%").rstrip()), of.divide_by)
            case "date":
                return self.date_text(text, of.format)
            case "boolean":
                return _truth(text, of)
            case "id":
                return found_id(text)
            case "text":
                return text

    def number(self, text: str) -> float:
        """The number in a text, by the map's marks.

        >>> from streams.importing.map_file import AccountColumn
        >>> german = ImportMap(account=AccountColumn(column="a"), decimal=",", thousands=".")
        >>> Cells(german).number("1.234,56")
        1234.56

        Raises:
            BadCell: when it is none.
        """
        found = self._number.fullmatch(text)
        if found is None:
            raise BadCell(f"{text[:40]!r} is no number{self._advice(text)}")
        sign, whole, fraction = found.groups()
        digits = re.sub(r"\D", "", whole)
        value = float(f"{sign}{digits}.{fraction or 0}")
        return int(value) if not fraction and abs(value) < 1e15 else value

    def date_text(self, text: str, form: str) -> str:
        """The day or the instant in a text, as ISO 8601: a day alone where the format has no time.

        Raises:
            BadCell: when it is none of this format.
        """
        at_ms = self.instant_ms(text, form)
        if form == ISO and len(text) <= 10:
            return text
        if form not in (ISO, UNIX) and not (form == EXCEL and "." in text) and not _has_time(form):
            return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(self._zone).date().isoformat()
        return rfc3339(at_ms)

    def instant_ms(self, text: str, form: str) -> int:
        """The instant in a text, in milliseconds; a day is its beginning in the map's zone.

        Raises:
            BadCell: when it is none of this format.
        """
        try:
            return self._instant_ms(text, form)
        except Untimely:
            raise BadCell(f"{text[:40]!r} is no date like 2026-12-31: name its format") from None
        except (ValueError, OverflowError):
            raise BadCell(f"{text[:40]!r} is no date of the format {form!r}") from None

    def _instant_ms(self, text: str, form: str) -> int:
        if form == ISO:
            at_ms = written_ms(text)
            return at_ms if _ISO_ZONE.search(text[10:]) else self._in_zone(datetime.fromtimestamp(at_ms / 1_000, UTC))
        if form in (UNIX, EXCEL):
            if not _PLAIN_NUMBER.fullmatch(text):
                raise ValueError(text)
            if form == UNIX:
                return round(float(text) * 1_000)
            return self._in_zone(_EXCEL_FROM + timedelta(seconds=round(float(text) * 86_400)))
        found = datetime.strptime(text, form)  # noqa: DTZ007  # the zone follows
        return instant_of(found) if found.tzinfo else self._in_zone(found)

    def _in_zone(self, wall: datetime) -> int:
        return instant_of(wall.replace(tzinfo=self._zone))

    def _advice(self, text: str) -> str:
        if "%" in text:
            return ': for percentages give type = "percent"'
        marks = f"decimal mark {self._map.decimal!r}"
        if self._map.thousands:
            marks += f" and thousands mark {self._map.thousands!r}"
        return f" with the {marks}"


def found_id(text: str) -> str:
    """The id in a text, by the rule of docs/events.md.

    Raises:
        BadCell: when it is a placeholder.
    """
    cleaned = id_of(text)
    if not cleaned:
        raise BadCell(f"{text[:40]!r} is what programs write for a missing id")
    return cleaned


def _has_time(form: str) -> bool:
    return form != EXCEL and any(mark in form for mark in _TIME_MARKS)


def _divided(number: float, by: float) -> float:
    return number if by == 1 else number / by


def _truth(text: str, of: Property) -> bool:
    if text in of.true:
        return True
    if text in of.false:
        return False
    raise BadCell(f"{text[:40]!r} is neither in true nor in false of its column")
