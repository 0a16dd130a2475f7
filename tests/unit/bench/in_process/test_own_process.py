"""Which builds are measured."""

from __future__ import annotations

import pytest

from bench.in_process.own_process import builds
from streams.errors import UserError


def test_a_build_that_is_not_known_is_refused() -> None:
    assert builds("plain") == ("plain",)
    with pytest.raises(UserError, match="compiled or plain"):
        builds("fast")
