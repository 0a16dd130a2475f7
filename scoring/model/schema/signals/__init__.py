"""The kinds of signals. A new kind is a class in a module of its own, and one line here."""

from scoring.model.schema.signals.base import SignalBase
from scoring.model.schema.signals.counting import Count, Distinct, Mean, Sum
from scoring.model.schema.signals.daily import Peak, Season, Volatility
from scoring.model.schema.signals.derived import Age, Difference
from scoring.model.schema.signals.duration import Duration
from scoring.model.schema.signals.ended import Ended
from scoring.model.schema.signals.filtered import Filtered
from scoring.model.schema.signals.latest import Last, LastAt, SinceLast
from scoring.model.schema.signals.milestones import Reached, Step
from scoring.model.schema.signals.open_items import Open
from scoring.model.schema.signals.until import Until
from scoring.model.schema.signals.use_days import Days, UsualGap
from scoring.model.schema.signals.usual import Average, Dispersion, Expected, Known, Usual

Signal = (
    Count
    | Sum
    | Mean
    | Distinct
    | Last
    | LastAt
    | Until
    | Ended
    | SinceLast
    | Age
    | Difference
    | Peak
    | Volatility
    | Season
    | Usual
    | Average
    | Dispersion
    | Days
    | UsualGap
    | Known
    | Expected
    | Open
    | Duration
    | Reached
)
"""Any kind of signal."""

__all__ = [
    "Age",
    "Average",
    "Count",
    "Days",
    "Difference",
    "Dispersion",
    "Distinct",
    "Duration",
    "Ended",
    "Expected",
    "Filtered",
    "Known",
    "Last",
    "LastAt",
    "Mean",
    "Open",
    "Peak",
    "Reached",
    "Season",
    "Signal",
    "SignalBase",
    "SinceLast",
    "Step",
    "Sum",
    "Until",
    "Usual",
    "UsualGap",
    "Volatility",
]
