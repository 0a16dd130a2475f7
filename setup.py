"""The build: with VITALS_COMPILE=1 the hot modules are compiled by mypyc, from the very same source.

Without it, or without a C compiler, they run as plain Python, with the same answers. All else is in `pyproject.toml`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from setuptools import setup

HOT = (
    "alerts/transition",
    "scoring/account",
    "scoring/bodies",
    "scoring/cohort",
    "scoring/compile_components",
    "scoring/compile_signals",
    "scoring/components",
    "scoring/conditions",
    "scoring/envelopes",
    "scoring/events",
    "scoring/explain",
    "scoring/finding",
    "scoring/fingerprint",
    "scoring/ids",
    "scoring/instants",
    "scoring/layout",
    "scoring/ledger",
    "scoring/life",
    "scoring/order",
    "scoring/plan",
    "scoring/readers",
    "scoring/references",
    "scoring/registers",
    "scoring/remembered",
    "scoring/score_plan",
    "scoring/series",
    "scoring/shapes",
    "scoring/signals",
    "scoring/sorted_ids",
    "scoring/tally",
    "scoring/timestamps",
    "scoring/windows",
    "streams/entry",
    "streams/judging",
    "streams/merge",
    "streams/message",
    "streams/outlooks",
    "streams/partition",
    "streams/records",
)
"""All that an event touches, and what must be compiled with it: a plain class cannot inherit from a compiled one."""
WANTED = os.environ.get("VITALS_COMPILE") == "1"
ASKS_ONLY = {"egg_info", "dist_info"} & set(sys.argv)
"""The build is asked what it needs, before it has it."""


def extensions() -> list[Any]:
    """The compiled modules, none when they are not wanted."""
    if not WANTED or ASKS_ONLY:
        return []
    from mypyc.build import mypycify

    sources = [f"{name}.py" for name in HOT]
    # Types are checked elsewhere, with the project's own settings.
    extensions: list[Any] = mypycify(
        ["--config-file=", "--no-warn-no-return", "--ignore-missing-imports", *sources], opt_level="3", debug_level="0"
    )
    return extensions


setup(ext_modules=extensions(), setup_requires=["mypy>=1.18,<3", "msgspec>=0.22,<1"] if WANTED else [])
