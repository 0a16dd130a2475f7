"""The what-if form of the model page: its address, and the numbers in it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.values.model import ModelView, WhatIfRequest

WEIGHT, BOUND = "w.", "b."
"""What the names of the form's inputs begin with, before a component or a tier."""
WEIGHT_MAX, BOUND_MAX = 1_000.0, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One number that can be turned: `serving` is the model's own, `value` the form's. `share` is of all weights, 0 to
    1, None of a bound. `most` is where its slider ends.
    """

    name: str
    label: str
    judges: str
    serving: float
    value: float
    most: float
    share: float | None = None

    @property
    def change(self) -> float:
        return self.value - self.serving

    @property
    def is_turned(self) -> bool:
        return abs(self.change) > 1e-9

    @property
    def key(self) -> str:
        """The name as a part of an element's id.

        >>> Knob(name="w.use of it", label="", judges="", serving=1, value=1, most=2).key
        'w-use-of-it'
        """
        return "".join(letter if letter.isalnum() else "-" for letter in self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfForm:
    """The form as it was sent. `faults` say which numbers cannot be used; these stay as they serve."""

    weights: tuple[Knob, ...]
    bounds: tuple[Knob, ...]
    faults: tuple[str, ...] = ()

    @property
    def is_turned(self) -> bool:
        return any(knob.is_turned for knob in (*self.weights, *self.bounds))

    @property
    def total(self) -> float:
        return math.fsum(knob.value for knob in self.weights)

    @property
    def request(self) -> WhatIfRequest:
        """What is asked: the numbers that were turned."""
        return WhatIfRequest(
            weights={knob.name.removeprefix(WEIGHT): knob.value for knob in self.weights if knob.is_turned},
            bounds={knob.name.removeprefix(BOUND): knob.value for knob in self.bounds if knob.is_turned},
        )

    @property
    def query(self) -> str:
        """The address of this what-if, after the question mark."""
        turned = [knob for knob in (*self.weights, *self.bounds) if knob.is_turned]
        return urlencode([(knob.name, f"{knob.value:g}") for knob in turned])


def form_of(model: ModelView, sent: Mapping[str, str]) -> WhatIfForm:
    """The form for this model with the numbers that an address has; others are left alone."""
    faults: list[str] = []
    labels = {f"{WEIGHT}{line.name}": line.label or line.name for line in model.components}

    def value(name: str, label: str, serving: float, most: float) -> float:
        text = sent.get(name, "").strip()
        if not text:
            return serving
        number = _number(text)
        if number is None or not 0.0 <= number <= most:
            faults.append(f"{label}: «{text[:40]}» is not a number from 0 to {most:g}")
            return serving
        return number

    weights = [
        value(f"{WEIGHT}{each.name}", labels[f"{WEIGHT}{each.name}"], each.weight, WEIGHT_MAX)
        for each in model.components
    ]
    bounds = [
        value(f"{BOUND}{each.tier}", f"{each.tier.capitalize()} from", each.bound, BOUND_MAX)
        for each in model.tiers
        if each.bound > 0
    ]
    total = math.fsum(weights)
    most = max(50.0, *(math.ceil(2 * each.weight) for each in model.components)) if model.components else 50.0
    return WhatIfForm(
        weights=tuple(
            Knob(
                name=f"{WEIGHT}{each.name}",
                label=each.label or each.name,
                judges=each.judges,
                serving=each.weight,
                value=weight,
                most=max(most, weight),
                share=weight / total if total > 0 else None,
            )
            for each, weight in zip(model.components, weights, strict=True)
        ),
        bounds=tuple(
            Knob(
                name=f"{BOUND}{each.tier}",
                label=f"{each.tier.capitalize()} from",
                judges="",
                serving=each.bound,
                value=bound,
                most=BOUND_MAX,
            )
            for each, bound in zip((line for line in model.tiers if line.bound > 0), bounds, strict=True)
        ),
        faults=tuple(faults),
    )


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
