"""Drafts the map of an export from its first rows. What it finds are proposals for a person, each with what it saw."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import islice

from streams.errors import UserError
from streams.importing.known_names import DATES, NUMBERS, idea_of, name_for
from streams.importing.table_file import TableFile
from streams.replay.forms.csv_cells import BadRow
from streams.text_encoding import foreign_encoding

ROWS_SEEN = 50
_CELL_CHARACTERS = 40
_HEAD_BYTES = 64 * 1024
_SEPARATORS = (",", ";", "\t", "|")
_FORMATS = (
    (re.compile(r"\d{4}-\d\d-\d\d([T ].*)?"), "iso"),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), "%d.%m.%Y"),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d\d"), "%d.%m.%Y %H:%M"),
)
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_MARKED = re.compile(r"-?\d{1,3}([.,' ])\d{3}(?:\1\d{3})*([.,])\d+|-?\d+([.,])\d{1,2}")
_IS_ID = re.compile(r"(?i)(^|[ _-])id$|ID$|Id$")


def draft_map(path: str) -> str:
    """The text of a map for the file at `path`, to be corrected by a person. Blocks.

    Raises:
        UserError: when the file cannot be read.
    """
    encoding, separator = _written(path)
    table = TableFile(path, separator, encoding)
    rows = [cells for _, cells in islice(table.rows(), ROWS_SEEN) if not isinstance(cells, BadRow)]
    columns = {name: [cells[at] for cells in rows if at < len(cells)] for at, name in enumerate(table.header)}
    seen = [cell.strip() for cells in columns.values() for cell in cells]
    account = next((name for name in columns if _is_account(name)), table.header[0])
    return "\n".join([*_head(encoding, separator, seen), *_account(account, columns), *_columns(account, columns), ""])


def _written(path: str) -> tuple[str, str]:
    """The encoding and the separator that the first bytes look like."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror or error}): give the path of a CSV file.") from None
    encoding = foreign_encoding(head).lower()
    if not encoding:
        encoding = "utf-8"
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD_BYTES)
        except UnicodeDecodeError:
            encoding = "windows-1252"
    line = head.decode(encoding, errors="replace").lstrip("\ufeff").split("\n", 1)[0]
    declared = line.strip("\r")[4:5] if line.startswith("sep=") else ""
    return encoding, declared or max(_SEPARATORS, key=line.count)


def _head(encoding: str, separator: str, seen: Sequence[str]) -> list[str]:
    marks = [found for cell in seen if (found := _MARKED.fullmatch(cell))]
    decimal = next((each[2] or each[3] for each in marks), ".")
    thousands = next((each[1] for each in marks if each[1] and each[1] != decimal), "")
    return [
        "# A draft: look at every line. Nothing in it is guessed when the file is imported.",
        f"encoding = {_quoted(encoding)}",
        f"separator = {_quoted('tab' if separator == chr(9) else separator)}",
        f"decimal = {_quoted(decimal)}",
        f"thousands = {_quoted(thousands)}",
        'nulls = []                # cells that mean «not given», beside empty ones: ["-", "n/a"]',
        'zone = "UTC"              # of dates without an offset, such as "Europe/Berlin"',
        'source = "import"         # who says what the aliases say, such as "salesforce"',
        '# date = "2026-01-31"     # when the export was made; or give --as-of, or a column:',
        "# [time]",
        '# column = "Last Modified"',
        '# format = "%d.%m.%Y %H:%M"',
        "",
    ]


def _account(account: str, columns: dict[str, list[str]]) -> list[str]:
    return [
        "[account]",
        f"column = {_quoted(account)}{_samples(columns[account])}",
        '# kind = "salesforce.account"   # if these are ids of another system, from which aliases lead to accounts',
        "",
    ]


def _columns(account: str, columns: dict[str, list[str]]) -> list[str]:
    aliases = [name for name in columns if name != account and _IS_ID.search(name)]
    lines = []
    for name, cells in columns.items():
        if name == account or name in aliases or not name:
            continue
        known = name_for(name)
        mark = "" if known else "# "
        lines.append(f"{mark}[properties.{_quoted(name)}]{_samples(cells)}")
        lines.append(f"{mark}name = {_quoted(known or name)}")
        lines += [f"{mark}{line}" for line in _type(known, cells)]
        lines.append("")
    lines.append("# Ids of other systems: the kind of each, such as stripe.customer or hubspot.company.")
    lines.append("[aliases]")
    lines += [f'# {_quoted(name)} = "system.kind"{_samples(columns[name])}' for name in aliases]
    return lines


def _type(known: str, cells: Sequence[str]) -> list[str]:
    given = [cell.strip() for cell in cells if cell.strip()]
    if idea_of(known) in NUMBERS:
        return ['type = "number"']
    for pattern, form in _FORMATS:
        if 2 * sum(bool(pattern.fullmatch(cell)) for cell in given) > len(given):
            return ['type = "date"', f"format = {_quoted(form)}"]
    if given and all(_SLASHED.fullmatch(cell) for cell in given):
        return ['type = "date"', 'format = "%m/%d/%Y"     # or "%d/%m/%Y": the cells do not say']
    if idea_of(known) in DATES:
        return ['type = "date"', 'format = "iso"']
    if given and all(cell.endswith("%") for cell in given):
        return ['type = "percent"']
    return []


def _is_account(name: str) -> bool:
    return re.sub(r"[^a-z]", "", name.lower()) in ("accountid", "account", "companyid", "customerid", "workspaceid")


def _samples(cells: Sequence[str]) -> str:
    found = list(dict.fromkeys(cell.strip()[:_CELL_CHARACTERS] for cell in cells if cell.strip()))[:3]
    shown = ", ".join(repr(each)[1:-1] for each in found)
    return f"   # {shown}" if found else "   # no cell is filled"


def _quoted(text: str) -> str:
    r"""As a string of TOML. What prints stands as it is, and the rest as TOML escapes it, which is not JSON's way.

    >>> print(_quoted("Geändert 😀"), _quoted('a"b'), _quoted("\x7f"))
    "Geändert 😀" "a\"b" "\U0000007F"
    """
    return '"' + "".join(_escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    if character in '\\"':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"
