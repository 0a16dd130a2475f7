"""Floods of events: the same answers of both folds after each step."""

from __future__ import annotations

import pytest

from streams.kernel.kernel import is_built
from tests.kernel.flood import flood

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


@pytest.mark.parametrize("seed", range(20))
def test_a_flood_is_the_same_in_both(seed: int) -> None:
    flood(seed)
