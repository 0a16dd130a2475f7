"""Draws of Hypothesis that depend on the seed alone.

Hypothesis mixes constants into what it draws that it finds in the modules imported so far: the same seed gives another
value when another test was collected before. With the backend `PLAIN_DRAWS` it does not.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

PLAIN_DRAWS = "vitals-plain-draws"


class PlainDraws(HypothesisProvider):
    """The usual draws without constants. Leans on a private method of the pinned Hypothesis."""

    def _maybe_draw_constant(self, *_choice: Any, **_options: Any) -> None:
        return None


assert "_maybe_draw_constant" in vars(HypothesisProvider), "this Hypothesis draws constants in another way"
AVAILABLE_PROVIDERS[PLAIN_DRAWS] = f"{__name__}.{PlainDraws.__qualname__}"
