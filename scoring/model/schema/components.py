"""The shapes of components."""

from __future__ import annotations

import msgspec

from scoring.model.schema.rules import Rule


class _Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="shape", kw_only=True):
    """`needs` names a signal that must be above 0: without it there is no evidence. The first of `when` that holds
    decides in the shape's stead. A component of weight 0 is judged and shown, and counts only in a blend or a profile.
    """

    weight: float
    label: str = ""
    needs: str = ""
    when: tuple[Rule, ...] = ()


class OfSignal(_Component, frozen=True, kw_only=True):
    signal: str


class ShareOfMax(OfSignal, frozen=True, kw_only=True, tag="share_of_max"):
    """100 × signal / the greatest of all accounts (the cohort norm); 0 when that is 0."""


class InverseShareOfMax(OfSignal, frozen=True, kw_only=True, tag="inverse_share_of_max"):
    """100 × (1 - signal / the greatest of all accounts); 100 when that is 0."""


class Capped(OfSignal, frozen=True, kw_only=True, tag="capped"):
    """100 × signal / cap within ±100: only for models that add points up."""

    cap: float


class VsOwnPeak(OfSignal, frozen=True, kw_only=True, tag="vs_own_peak"):
    """100 × signal / the account's own peak, at most 100; none when it never had any."""

    peak: str


class Trend(OfSignal, frozen=True, kw_only=True, tag="trend"):
    """The window against the one before: `flat` when equal, 0 at a fall of `full` (a share), 100 at a rise of `rise`
    (of `full`, when left out); linear between.

    None while the account is younger than `min_history`, when both windows are empty, when one is unknown, and when the
    prior one is below 0.
    """

    prior: str
    full: float = 0.2
    rise: float | None = None
    flat: float = 50.0
    min_history: str = "28d"


class Ratio(OfSignal, frozen=True, kw_only=True, tag="ratio"):
    """100 × signal / `of` (a number, or a signal), at most 100; none unless `of` is known and above 0.

    With `key` (a signal that counts the key part of `signal`) and `key_of` (how many there are: a number, or a
    signal), the key part counts `emphasis` times: 100 × (signal + (e - 1) × key) / (of + (e - 1) × key_of).
    """

    of: float | str
    key: str = ""
    key_of: float | str = 0.0
    emphasis: float = 2.0


class Linear(OfSignal, frozen=True, kw_only=True, tag="linear"):
    """Piecewise linear through `points` [[x, judgement], …], flat beyond them. With `per`, x is signal per 100 `per`,
    and none while `per` is 0."""

    points: tuple[tuple[float, float], ...]
    per: str = ""


class Cadence(OfSignal, frozen=True, kw_only=True, tag="cadence"):
    """Days since something that is due every `due` days: 100 until then, falling to 0 at `lapse` (twice `due`, when
    left out). `never` is the judgement when it never happened; none, when left out."""

    due: float
    lapse: float | None = None
    never: float | None = None


class Category(OfSignal, frozen=True, kw_only=True, tag="category"):
    """What a text stands for: its judgement in `values`, else `otherwise`; none when unknown, or when neither says."""

    values: dict[str, float]
    otherwise: float | None = None


class Milestones(OfSignal, frozen=True, kw_only=True, tag="milestones"):
    """Of the milestones that were reached or are due by now, the share of weight that was reached, times 100; one
    without `due` is always due. None while none is either."""


class Blend(_Component, frozen=True, kw_only=True, tag="blend"):
    """The mean of other components, weighted by `parts`; those without evidence are left out, none when all are."""

    parts: dict[str, float]


Component = (
    ShareOfMax
    | InverseShareOfMax
    | Capped
    | VsOwnPeak
    | Trend
    | Ratio
    | Linear
    | Cadence
    | Category
    | Milestones
    | Blend
)
