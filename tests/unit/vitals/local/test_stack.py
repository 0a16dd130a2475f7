"""Which processes `vitals up` starts."""

from __future__ import annotations

from streams.deployment.settings import Settings
from streams.notifier.case_links import KEY
from vitals.local.stack import ROLES, roles_of


def test_interactions_start_only_when_something_could_come_in() -> None:
    assert roles_of(Settings(), {}) == ROLES
    assert roles_of(Settings(), {KEY: "0123456789abcdef"}) == {**ROLES, "interactions": "interactions"}
