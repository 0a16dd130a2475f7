"""Connections within what the operating system allows."""

from __future__ import annotations

import resource

import pytest

from streams.gateway.open_files import connections_allowed


@pytest.mark.parametrize(
    ("soft", "hard", "set_to", "allowed"),
    [
        (1_024, 524_288, 4_200, 4_000),
        (1_024, resource.RLIM_INFINITY, 4_200, 4_000),
        (20_000, 20_000, None, 4_000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, 4_000),
        (512, 1_024, 1_024, 824),
        (256, 256, 256, 128),
    ],
)
def test_the_limit_of_open_files_is_raised_and_kept(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, set_to: int | None, allowed: int
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: limits.append(limit))
    assert connections_allowed(4_000) == allowed
    assert limits == ([] if set_to is None else [(set_to, hard)])
