"""What a check found. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """How bad it is; the order is that of concern."""

    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be looked at; `words` says why."""
    WARNING = "warning"
    """It runs, and something will be lost, late or doubled one day."""
    FAULT = "fault"
    """It does not run, or not rightly."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report. `check` names what was looked at, such as `kafka.rights`; it is stable, for machines.

    `subject` is the topic, group, host or setting that it is about. `mend` is "" where nothing is to be done.
    """

    check: str
    subject: str
    status: Status
    words: str
    mend: str = ""


def ok(check: str, subject: str, words: str) -> Finding:
    """All is well."""
    return Finding(check=check, subject=subject, status=Status.OK, words=words)


def unknown(check: str, subject: str, words: str, mend: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(check=check, subject=subject, status=Status.UNKNOWN, words=words, mend=mend)


def warning(check: str, subject: str, words: str, mend: str) -> Finding:
    """It runs; mend it all the same."""
    return Finding(check=check, subject=subject, status=Status.WARNING, words=words, mend=mend)


def fault(check: str, subject: str, words: str, mend: str) -> Finding:
    """It must be mended."""
    return Finding(check=check, subject=subject, status=Status.FAULT, words=words, mend=mend)


def worst(findings: Iterable[Finding]) -> Status:
    """The worst status of them, `OK` when there are none.

    >>> worst([ok("a", "", ""), warning("b", "", "", "")])
    <Status.WARNING: 'warning'>
    """
    order = list(Status)
    return max((finding.status for finding in findings), key=order.index, default=Status.OK)
