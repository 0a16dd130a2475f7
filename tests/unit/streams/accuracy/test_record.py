"""What must be written for a day."""

from __future__ import annotations

from streams.accuracy.record import changes
from streams.accuracy.series import DAYS_MAX, Look, Series


def look(name: str, probability: float = 0.1) -> Look:
    return Look(name, probability, 60, False, False)


def applied(known: dict[str, Series], found: dict[str, Series | None]) -> dict[str, Series]:
    after = {**known, **found}
    return {name: series for name, series in after.items() if series is not None}


def test_a_repeated_run_has_nothing_to_write() -> None:
    looks = [look("acme"), look("globex")]
    first = changes({}, looks, 100)
    assert sorted(first) == ["acme", "globex"]
    known = applied({}, first)
    assert changes(known, [look("acme", 0.9), look("globex", 0.9)], 100) == {}
    assert sorted(changes(known, looks, 101)) == ["acme", "globex"]


def test_an_interrupted_run_is_completed_by_the_next() -> None:
    looks = [look("acme"), look("globex")]
    whole = applied({}, changes({}, looks, 100))
    half = {"acme": whole["acme"]}
    assert applied(half, changes(half, looks, 100)) == whole


def test_an_account_that_is_gone_is_deleted_when_its_days_are_over() -> None:
    known = applied({}, changes({}, [look("acme"), look("globex")], 100))
    assert changes(known, [look("globex")], 99 + DAYS_MAX).keys() == {"globex"}
    assert changes(known, [look("globex")], 100 + DAYS_MAX)["acme"] is None
    assert changes(known, [look("globex")], 100 + DAYS_MAX)["globex"] is not None
