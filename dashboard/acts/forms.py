"""Fields of a form as acts take them: each text bounded, each number a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, cast, get_args

from fastapi import Request

from alerts.lifecycle.command import CommandKind
from dashboard.acts.cases import CaseRequest
from dashboard.acts.workspace import clean
from scoring.instants import DAY_MS, HOUR_MS

FIELDS_MAX: Final = 50
FIELD_MAX_CHARACTERS: Final = 8_000
SPAN_MAX_MS: Final = 36_525 * DAY_MS
"""A hundred years: more than any act allows, and an end that every clock can write."""


class BadField(ValueError):
    """A field that cannot be used. The text says which, and what to give."""


class Fields:
    """The fields of a form, the first of each name."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, *names: str) -> str:
        """The first of these fields that says something; "" for none."""
        return next((found for name in names if (found := clean(self._given.get(name, "")))), "")

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self._given.get(name, "") not in ("", "off", "false", "0")

    def given(self, name: str) -> str | None:
        """A field as it is; None where it is not in the form."""
        return self._given.get(name)

    def number(self, name: str) -> float:
        """A finite number.

        Raises:
            BadField: when it is none.
        """
        try:
            found = float(self._given.get(name, ""))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise BadField(f"{name} is no number: give one")
        return found

    def until_ms(self, now_ms: int) -> int:
        """An end in `days` or `hours` from now; 0 for none.

        Raises:
            BadField: when it is no number, or longer than anything lasts.
        """
        for name, unit_ms in (("days", DAY_MS), ("hours", HOUR_MS)):
            if self.text(name):
                length = self.number(name) * unit_ms
                if abs(length) > SPAN_MAX_MS:
                    raise BadField(f"{name} is too much: give less")
                return now_ms + round(length)
        return 0

    def case_request(self, command: str, now_ms: int) -> CaseRequest:
        """What to do to a case. "log" makes a note of what a person did and, with a tick at `resolve`, ends the case.

        Raises:
            BadField: when there is no such command, or a number is none.
        """
        if command == "log":
            command = "resolve" if self.is_on("resolve") else "note"
        if command not in get_args(CommandKind):
            raise BadField("there is no such act on a case: go back to the page")
        return CaseRequest(
            command=cast(CommandKind, command),
            until_ms=self.until_ms(now_ms) if command == "snooze" else 0,
            assignee=self.text("assignee"),
            reason=self.text("reason", "note"),
            action=self.text("action"),
        )


async def fields_of(request: Request) -> Fields:
    """The form that a request brings: a dependency.

    Raises:
        HTTPException: 400 or 413, when it is none, or too large.
    """
    async with request.form(max_files=0, max_fields=FIELDS_MAX) as form:
        texts = {name: value[:FIELD_MAX_CHARACTERS] for name, value in form.items() if isinstance(value, str)}
    return Fields(texts)
