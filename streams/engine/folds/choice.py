"""Which fold a partition has: the kernel where it can be."""

from __future__ import annotations

from scoring.plan.plan import Plan
from streams.engine.folds.fold import Fold
from streams.engine.folds.kernel_fold import KernelFold
from streams.engine.folds.reference_fold import ReferenceFold
from streams.kernel.table_writer import NotInKernel


def fold_of(plan: Plan, *, uses_kernel: bool = True) -> Fold:
    """A fold over this plan, for one partition: the kernel, or with a reason the reference."""
    if not uses_kernel:
        return ReferenceFold(plan, "the kernel is turned off")
    try:
        return KernelFold(plan)
    except NotInKernel as error:
        return ReferenceFold(plan, str(error))
