"""What a calibration found: one object, for people and for JSON. Values only."""

from __future__ import annotations

import msgspec

from streams.backtest.estimate import Estimate
from streams.calibrate.curve import CurvePoint
from streams.calibrate.gain import Gain
from streams.calibrate.thresholds import Threshold


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """A component's weight in the model, what the data alone say of it, and the proposal, shrunk to the model's own."""

    component: str
    now: float
    data: Estimate
    proposed: float


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found for one model and one outcome.

    `missing` says why nothing could be computed; the rest is then empty. `auc` is the ROC-AUC, above 0.5 where low
    scores mean the outcome, or high ones if it `rises` with the score. The curve is empty without skill. `weights` are
    empty when they cannot be judged; `weights_words` says what came of them. `diff` is the unified difference of the
    model's file, "" when nothing is proposed.
    """

    model: str
    version: int
    outcome: str
    horizon_days: int
    rows: int
    accounts: int
    outcome_accounts: int
    instants: int
    until: str
    rises: bool = False
    missing: tuple[str, ...] = ()
    auc: Estimate = Estimate()
    curve: tuple[CurvePoint, ...] = ()
    curve_words: str = ""
    thresholds: tuple[Threshold, ...] = ()
    bounds_words: str = ""
    weights: tuple[Weight, ...] = ()
    gain: Gain | None = None
    weights_words: str = ""
    diff: str = ""
    proposed: str = ""
