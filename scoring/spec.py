"""What a model file may say: its tables as values, one struct a kind of signal and a shape of component.

The file is TOML; `scoring.model` reads and checks it, `scoring.plan` compiles it. `docs/models/` explains each key.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class _Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    label: str = ""


class _Filtered(_Signal, frozen=True, kw_only=True):
    """Which events feed a signal: of these topics, with one of these names (any, when empty), and not excluded;
    and events with a name in `also`, whatever their topic."""

    topics: tuple[str, ...]
    events: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def takes(self, topic: str, name: str) -> bool:
        """Whether an event called `name` on `topic` feeds the signal."""
        if name in self.also:
            return True
        return topic in self.topics and (not self.events or name in self.events) and name not in self.exclude


class Count(_Filtered, frozen=True, kw_only=True, tag="count"):
    """How many events, in the last `window` or, with `prior`, in the window of that length before it."""

    window: str
    prior: bool = False


class Distinct(_Filtered, frozen=True, kw_only=True, tag="distinct"):
    """How many different values of `of`: "user", "event" (the name), or a property."""

    window: str
    of: str
    prior: bool = False


class Last(_Filtered, frozen=True, kw_only=True, tag="last"):
    """The latest value of a property by `occurred_at`; an event named in `zero_on` sets it to 0."""

    property: str
    type: Literal["number", "text"] = "number"
    minimum: float | None = None
    zero_on: tuple[str, ...] = ()


class LastAt(_Filtered, frozen=True, kw_only=True, tag="last_at"):
    """When the latest such event occurred: an instant."""


class SinceLast(_Filtered, frozen=True, kw_only=True, tag="since_last"):
    """Whole days since the latest such event."""


class Age(_Signal, frozen=True, kw_only=True, tag="age"):
    """Whole days since the account's first event of any kind."""


class Difference(_Signal, frozen=True, kw_only=True, tag="difference"):
    """Signal `of` minus signal `minus`."""

    of: str
    minus: str


class Peak(_Filtered, frozen=True, kw_only=True, tag="peak"):
    """The account's own best `window`, in whole days, of the last `within`: the best sum of daily totals."""

    window: str = "30d"
    within: str = "400d"


Signal = Count | Distinct | Last | LastAt | SinceLast | Age | Difference | Peak


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An exception to a component: when `signal` is at least `at_least`, the judgement is `judgement`."""

    signal: str
    at_least: float
    judgement: float
    words: str = ""


class _Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="shape", kw_only=True):
    """`needs` names a signal that must be above 0: without it there is no evidence. The first of `when` that holds
    decides in the shape's stead."""

    weight: float
    label: str = ""
    needs: str = ""
    when: tuple[Rule, ...] = ()


class _OfSignal(_Component, frozen=True, kw_only=True):
    signal: str


class ShareOfMax(_OfSignal, frozen=True, kw_only=True, tag="share_of_max"):
    """100 × signal / the greatest of all accounts (the cohort norm); 0 when that is 0."""


class InverseShareOfMax(_OfSignal, frozen=True, kw_only=True, tag="inverse_share_of_max"):
    """100 × (1 − signal / the greatest of all accounts); 100 when that is 0."""


class Capped(_OfSignal, frozen=True, kw_only=True, tag="capped"):
    """100 × signal / cap within ±100: only for models that add points up."""

    cap: float


class VsOwnPeak(_OfSignal, frozen=True, kw_only=True, tag="vs_own_peak"):
    """100 × signal / the account's own peak, at most 100; none when it never had any."""

    peak: str


class Trend(_OfSignal, frozen=True, kw_only=True, tag="trend"):
    """The window against the one before: 50 flat, 0 at a fall of `full` (a share), 100 at a rise of it.

    None while the account is younger than `min_history`, and when both windows are empty.
    """

    prior: str
    full: float = 0.2
    min_history: str = "28d"


class Ratio(_OfSignal, frozen=True, kw_only=True, tag="ratio"):
    """100 × signal / `of` (a number, or a signal), at most 100; none when `of` is 0 or unknown."""

    of: float | str


class Linear(_OfSignal, frozen=True, kw_only=True, tag="linear"):
    """Piecewise linear through `points` [[x, judgement], …], flat beyond them. With `per`, x is signal per 100 `per`,
    and none while `per` is 0."""

    points: tuple[tuple[float, float], ...]
    per: str = ""


Component = ShareOfMax | InverseShareOfMax | Capped | VsOwnPeak | Trend | Ratio | Linear


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[model]`. `combine` is "mean" (weights renormalise over evidence) or "sum" (points add up)."""

    name: str
    version: int = 1
    description: str = ""
    resolution: str = "1h"
    dedupe: str = "72h"
    combine: Literal["mean", "sum"] = "mean"
