"""The result of a check. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """How serious a finding is, in ascending order."""

    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be checked; `words` says why."""
    WARNING = "warning"
    """It works, but something may one day be lost, late or duplicated."""
    FAULT = "fault"
    """It does not work, or not correctly."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report. `check` names the check, such as `kafka.rights`; it is stable, for machines.

    `subject` is the topic, group, host or setting concerned. `advice` says what to do; "" if nothing.
    """

    check: str
    subject: str
    status: Status
    words: str
    advice: str = ""


def ok(check: str, subject: str, words: str) -> Finding:
    """Everything is fine."""
    return Finding(check=check, subject=subject, status=Status.OK, words=words)


def unknown(check: str, subject: str, words: str, advice: str = "") -> Finding:
    """It could not be checked."""
    return Finding(check=check, subject=subject, status=Status.UNKNOWN, words=words, advice=advice)


def warning(check: str, subject: str, words: str, advice: str) -> Finding:
    """It works; fix it all the same."""
    return Finding(check=check, subject=subject, status=Status.WARNING, words=words, advice=advice)


def fault(check: str, subject: str, words: str, advice: str) -> Finding:
    """It must be fixed."""
    return Finding(check=check, subject=subject, status=Status.FAULT, words=words, advice=advice)


def worst(findings: Iterable[Finding]) -> Status:
    """The worst status of the findings; `OK` if there are none.

    >>> worst([ok("a", "", ""), warning("b", "", "", "")])
    <Status.WARNING: 'warning'>
    """
    order = list(Status)
    return max((finding.status for finding in findings), key=order.index, default=Status.OK)
