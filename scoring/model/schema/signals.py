"""The kinds of signals."""

from __future__ import annotations

from typing import Literal

import msgspec

from scoring.model.event_names import names
from scoring.model.schema.rules import Where


class _Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    label: str = ""


class Filtered(_Signal, frozen=True, kw_only=True):
    """Which events feed a signal: of these topics, with one of these names (any, when empty), and not excluded;
    and events with a name in `also`, whatever their topic. Of those, the ones for which all of `where` hold.

    Here and in all that follows, a list of names takes what `scoring.model.event_names` says."""

    topics: tuple[str, ...]
    events: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()

    def takes(self, topic: str, name: str) -> bool:
        """Whether an event called `name` on `topic` feeds the signal, its properties left aside."""
        if self.also and name in names(self.also):
            return True
        if topic not in self.topics or (self.events and name not in names(self.events)):
            return False
        return not self.exclude or name not in names(self.exclude)


class Count(Filtered, frozen=True, kw_only=True, tag="count"):
    """How many events, in the last `window` or, with `prior`, in the window of that length before it."""

    window: str
    prior: bool = False


class Sum(Filtered, frozen=True, kw_only=True, tag="sum"):
    """The sum of a number over the events in a window. Each number is rounded to four decimals, so that the sum is
    exact in any order; one beyond ±10^9, or none, adds nothing."""

    window: str
    property: str
    prior: bool = False


class Mean(Filtered, frozen=True, kw_only=True, tag="mean"):
    """The mean of a number over the events in a window that have it; unknown when none has. Rounded as in a `sum`."""

    window: str
    property: str
    prior: bool = False


class Distinct(Filtered, frozen=True, kw_only=True, tag="distinct"):
    """How many different values of `of`: "user", "event" (the name), "day" (days with such an event), or a property."""

    window: str
    of: str
    prior: bool = False


class Last(Filtered, frozen=True, kw_only=True, tag="last"):
    """The latest value of a property by `occurred_at`; an event named in `zero_on` sets it to 0.

    A trait of the account (segment, plan, lifecycle) is a `last` of type "text". Of type "length" it is how many
    entries the property, a list, has.

    With `by`, a property that names an item (such as a subscription), it is the sum of the latest values of all items;
    an event in `zero_on` ends its item. A value without an item is that of the whole, until an item is told of again;
    an event in `zero_on` without one ends all items before it.
    """

    property: str
    by: str = ""
    type: Literal["number", "text", "length"] = "number"
    minimum: float | None = None
    zero_on: tuple[str, ...] = ()


class LastAt(Filtered, frozen=True, kw_only=True, tag="last_at"):
    """When the latest such event occurred: an instant."""


class SinceLast(Filtered, frozen=True, kw_only=True, tag="since_last"):
    """Whole days since the latest such event."""


class Age(_Signal, frozen=True, kw_only=True, tag="age"):
    """Whole days since the account's begin: see `Header.pause_max`."""


class Difference(_Signal, frozen=True, kw_only=True, tag="difference"):
    """Signal `of` minus signal `minus`."""

    of: str
    minus: str


class Peak(Filtered, frozen=True, kw_only=True, tag="peak"):
    """The account's own best `window`, in whole days, of the last `within`: the best sum of daily totals."""

    window: str = "30d"
    within: str = "400d"


class Volatility(Filtered, frozen=True, kw_only=True, tag="volatility"):
    """How unsteady the last `weeks` weeks were: the standard deviation of their totals divided by their mean.

    A week is seven whole days (UTC); the last one ends yesterday. Unknown while the account's first event is not older
    than all of them, and when all are empty. For totals x of n weeks it is sqrt(n Σx² - (Σx)²) / Σx.
    """

    weeks: int = 8


class Season(Filtered, frozen=True, kw_only=True, tag="season"):
    """Events in the `window` of whole days that ended `back` ago: days (today - back - window, today - back].

    52 weeks back, so that weekdays match. Unknown while the account's first event is not as old as that.
    """

    window: str = "28d"
    back: str = "364d"


class Open(Filtered, frozen=True, kw_only=True, tag="open"):
    """What was opened and not yet closed, by id. The filter tells the events that open; `closed_by` the names of those
    that close (of the same topics, or any topic when in `also`).

    The id is the property `item`; an event without one says nothing. The latest event of an id decides whether it is
    open (ties: see `scoring.state.open_items`), and only events of the last `within` count. `measure` is how many are
    open, their summed `weight` (by the text in `weigh_by`, from `weights`; 1 when it is not listed there), or the whole
    days since the `oldest` of them was opened last (0 when none is open).
    """

    item: str
    closed_by: tuple[str, ...]
    measure: Literal["count", "weight", "oldest"] = "count"
    weigh_by: str = ""
    weights: dict[str, float] = {}
    within: str = "180d"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One milestone: reached with the first event that fits. `due` is the age of the account by which it should be."""

    name: str
    events: tuple[str, ...]
    topics: tuple[str, ...] = ("analytics",)
    where: tuple[Where, ...] = ()
    due: str = ""
    weight: float = 1.0

    def takes(self, topic: str, name: str) -> bool:
        """Whether an event called `name` on `topic` reaches it, its properties left aside."""
        return topic in self.topics and name in names(self.events)


class Reached(_Signal, frozen=True, kw_only=True, tag="milestones"):
    """How many of `steps` were ever reached."""

    steps: tuple[Step, ...]


Signal = (
    Count
    | Sum
    | Mean
    | Distinct
    | Last
    | LastAt
    | SinceLast
    | Age
    | Difference
    | Peak
    | Volatility
    | Season
    | Open
    | Reached
)
