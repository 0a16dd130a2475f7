"""The options that name the form of a file of events; `streams.replay.forms.form` gives them their meaning."""

from __future__ import annotations

from typing import Annotated

import typer

FILE_HELP = "NDJSON, a JSON array, CSV or Parquet; gzipped or not; - is standard input."

FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORM",
        show_default="by the file",
        help="ndjson, json (an array), csv or parquet.",
    ),
]
SeparatorOption = Annotated[
    str, typer.Option(metavar="MARK", show_default="comma", help="CSV: comma, semicolon, tab, pipe or one character.")
]
EncodingOption = Annotated[
    str, typer.Option(metavar="NAME", show_default="utf-8", help="CSV: such as utf-16 or windows-1252.")
]
TextColumnsOption = Annotated[
    str,
    typer.Option(metavar="NAMES", help="CSV: columns, with commas, whose cells are never numbers."),
]
