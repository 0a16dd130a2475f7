"""Jinja2 for the pages: autoescape on, an unknown name is an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.live.keys import row_key
from dashboard.static_files import static_url
from dashboard.wording.look import initials
from scoring.plurals import counted

TEMPLATES = Path(__file__).parents[2] / "templates"
_UNSAFE_IN_SCRIPT = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def make_environment(static: Callable[[str], str]) -> Environment:
    """`static` gives the address of a static file."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.globals.update(static=static, initials=initials, counted=counted, row_key=row_key)
    made.filters["json_data"] = json_data
    return made


@cache
def environment() -> Environment:
    """The one of the pages; its templates are compiled once a process."""
    return make_environment(static_url)


def json_data(value: Any) -> Markup:
    """For `<script type="application/json">`, which no browser runs: no character of it can end the element.

    >>> json_data({"name": "</script>"})
    Markup('{"name":"\\\\u003c/script\\\\u003e"}')
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_UNSAFE_IN_SCRIPT))
