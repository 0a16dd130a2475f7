"""The kinds of matters that an account may have. To add a kind, write a module and add a line here."""

from __future__ import annotations

from streams.engine.ledger import Case
from streams.engine.matters.cases_matter import CASES_OF_AN_ACCOUNT, CasesMatter
from streams.engine.matters.frozen_matter import FROZEN_JUDGEMENTS
from streams.engine.matters.matter import Matter, MatterKind
from streams.engine.matters.override_matter import OVERRIDES

OVERRIDE, FROZEN, CASES = "override", "frozen", "cases"
MATTERS: dict[str, MatterKind] = {
    OVERRIDE: OVERRIDES,
    FROZEN: FROZEN_JUDGEMENTS,
    CASES: CASES_OF_AN_ACCOUNT,
}
"""The kinds, by the name that an account's record gives them."""


def kind_of(control: type) -> str:
    """The name of the kind of matter that a type of control message concerns."""
    return next(name for name, kind in MATTERS.items() if control in kind.controls)


def open_in(snapshots: dict[str, bytes]) -> tuple[Case, ...]:
    """The alert cases that are open in these snapshots."""
    snapshot = snapshots.get(CASES)
    return CasesMatter.restore(snapshot).open if snapshot else ()


def restored(snapshots: dict[str, bytes]) -> dict[str, Matter]:
    """The matters with these snapshots.

    Raises:
        KeyError: when this release does not know one of them.
    """
    return {name: MATTERS[name].restore(snapshot) for name, snapshot in snapshots.items()}
