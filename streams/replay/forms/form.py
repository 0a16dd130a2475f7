"""Which form a file of events has: as named, else by its first bytes, or by its name for CSV. Pure."""

from __future__ import annotations

import codecs
from typing import Literal, cast, get_args

import msgspec

from streams.errors import UserError

Kind = Literal["ndjson", "json", "csv", "parquet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PARQUET_MAGIC = b"PAR1"
_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NOT_SEPARATORS = frozenset('"\r\n\0 .-')


class FileForm(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a file. `kind` is "" for what its first bytes and its name say.

    The rest is for CSV: the `separator` ("" is a comma, or a tab in a file called `.tsv`), the `encoding`, and the
    columns whose cells are texts even where they look like numbers.
    """

    kind: Kind | Literal[""] = ""
    separator: str = ""
    encoding: str = "utf-8"
    texts: tuple[str, ...] = ()


AS_FOUND = FileForm()


def parse_form(kind: str, separator: str, encoding: str, texts: str) -> FileForm:
    """The form that options name; each may be "".

    Raises:
        UserError: when one of them means nothing.
    """
    if kind and kind not in KINDS:
        raise UserError(f"--format {kind!r} is not known: give one of {', '.join(KINDS)}.")
    return FileForm(
        kind=cast(Kind, kind),
        separator=separator_of(separator, "--separator") if separator else "",
        encoding=encoding_of(encoding or "utf-8", "--encoding"),
        texts=tuple(name for part in texts.split(",") if (name := part.strip())),
    )


def separator_of(text: str, key: str) -> str:
    """The character between two cells; some have names. `key` is where it was given.

    Raises:
        UserError: when it cannot separate cells.

    >>> separator_of("tab", "--separator"), separator_of(";", "--separator")
    ('\\t', ';')
    """
    found = _WORDS.get(text.lower(), text)
    if len(found) != 1 or found in _NOT_SEPARATORS or found.isalnum():
        raise UserError(f"{key} {text!r} cannot separate cells: give comma, semicolon, tab, pipe or one character.")
    return found


def encoding_of(name: str, key: str) -> str:
    """The encoding called `name`; `key` is where it was given.

    Raises:
        UserError: when Python does not know it.
    """
    try:
        "".encode(name)  # fails for those that are not of texts
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UserError(f"{key} {name!r} is not known: give utf-8, utf-16, windows-1252 or another's name.") from None


def kind_of_name(path: str) -> Kind:
    """The form that a file of text has by its name.

    >>> kind_of_name("events.csv.gz"), kind_of_name("events.json")
    ('csv', 'ndjson')
    """
    name = path.lower().removesuffix(".gz")
    return "csv" if name.endswith((".csv", ".tsv")) else "ndjson"


def separator_for(form: FileForm, path: str) -> str:
    """The separator to read a file of CSV with."""
    return form.separator or ("\t" if path.lower().removesuffix(".gz").endswith(".tsv") else ",")
