"""Bodies in which one value is anything else that JSON may hold, and more."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**100)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


@st.composite
def spoilt(draw: st.DrawFn, body: object) -> Any:
    """A copy of a body with one value replaced, at any depth."""
    whole: dict[str, Any] = {"body": copy.deepcopy(body)}
    *path, last = draw(st.sampled_from(_places(whole)[1:]))
    holder: Any = whole
    for key in path:
        holder = holder[key]
    holder[last] = draw(_VALUES)
    return whole["body"]


def _places(found: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]
