"""Which folds are measured."""

from __future__ import annotations

import pytest

from bench.in_process.own_process import folds
from bench.throughput import fold_here, python_environment
from streams.errors import UserError


def test_a_fold_that_is_not_known_is_refused() -> None:
    assert folds("reference") == ("reference",)
    with pytest.raises(UserError, match="kernel or reference"):
        folds("fast")


def test_with_the_kernel_turned_off_only_the_reference_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALS_KERNEL", "0")
    assert folds("") == ("reference",)
    assert python_environment()["VITALS_KERNEL"] == "0"
    with pytest.raises(UserError, match="give --fold reference"):
        folds("kernel")


@pytest.mark.skipif(fold_here() == "reference", reason="the kernel is not built here, or turned off")
def test_where_the_kernel_is_built_both_are_measured_each_in_a_process_that_has_it_or_not() -> None:
    assert folds("") == ("kernel", "reference")
    assert folds("kernel") == ("kernel",)
    assert [python_environment(fold)["VITALS_KERNEL"] for fold in folds("")] == ["1", "0"]
    assert python_environment() == python_environment("kernel")
