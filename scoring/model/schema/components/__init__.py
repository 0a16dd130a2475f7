"""The shapes of components. A new shape is a class in one of the modules, and one line here."""

from scoring.model.schema.components.base import ComponentBase, OfSignal
from scoring.model.schema.components.blend import Blend
from scoring.model.schema.components.categories import Category, Milestones
from scoring.model.schema.components.evidence import EvidenceFactor
from scoring.model.schema.components.lines import Cadence, Linear, Trend
from scoring.model.schema.components.shares import Capped, InverseShareOfMax, Ratio, ShareOfMax, VsOwnPeak
from scoring.model.schema.components.usual import VsUsual

Component = (
    ShareOfMax
    | InverseShareOfMax
    | Capped
    | VsOwnPeak
    | Trend
    | Ratio
    | Linear
    | VsUsual
    | Cadence
    | Category
    | Milestones
    | Blend
)
"""Any shape of component."""

__all__ = [
    "Blend",
    "Cadence",
    "Capped",
    "Category",
    "Component",
    "ComponentBase",
    "EvidenceFactor",
    "InverseShareOfMax",
    "Linear",
    "Milestones",
    "OfSignal",
    "Ratio",
    "ShareOfMax",
    "Trend",
    "VsOwnPeak",
    "VsUsual",
]
