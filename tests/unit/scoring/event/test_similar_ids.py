"""Ids that look alike."""

from __future__ import annotations

import pytest

from scoring.event.similar_ids import look_of, twins


@pytest.mark.parametrize(
    "alike",
    [
        ("acme", "Acme", "ACME"),
        ("acme", "\uff21\uff43\uff4d\uff45"),
        ("acme corp", "acme-corp", "acme_corp", "Acme Corp."),
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01rm", "firm"),
        ("7-12", "7.12", "7 12"),
        ("acme-1", "acme1"),
    ],
)
def test_what_looks_alike_has_one_look(alike: tuple[str, ...]) -> None:
    assert len(set(map(look_of, alike))) == 1
    assert twins([*alike, "globex", *alike]) == [tuple(sorted(alike))]


@pytest.mark.parametrize("apart", [("acme", "acme1"), ("7-12", "71-2"), ("!", "?"), ("Cafe", "Caf\u00e9"), ("1", "01")])
def test_what_looks_another_is_another(apart: tuple[str, ...]) -> None:
    assert twins(apart) == []


def test_a_million_of_one_account_are_no_twins() -> None:
    assert twins(["acme"] * 1_000) == []
