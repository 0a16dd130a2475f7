"""How rows look, by page: rendered once for all who see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

import msgspec

from dashboard.live.frames import frame
from dashboard.live.keys import row_key
from dashboard.values.listing import Row

RENDERED_MAX: Final = 5_000
VIEWS_MAX: Final = 200
JSON: Final = "json"
"""The page of the API: its rows are JSON."""
RowRenderer = Callable[[Row], str]
"""The row's element, with `id="r-KEY"`."""
ViewMaker = Callable[[str], RowRenderer]
"""What the address of a stream says of a view (columns, zone): how its rows look. Raises `ValueError`."""


class Views:
    """The pages that have rows, and the rows rendered lately."""

    def __init__(self, makers: Mapping[str, ViewMaker] = MappingProxyType({}), most: int = RENDERED_MAX) -> None:
        self._makers = {**makers, JSON: _json_view}
        self._most = most
        self._renderers: OrderedDict[tuple[str, str], RowRenderer] = OrderedDict()
        self._rendered: OrderedDict[tuple[str, str, str, str], bytes] = OrderedDict()
        self.renderings = 0
        """How many rows were rendered, and not found rendered."""

    def has_rows(self, page: str) -> bool:
        """Whether its rows are sent; a page that has none hears that it is stale."""
        return page in self._makers

    def check(self, page: str, view: str) -> None:
        """Raises `ValueError` when the page has no such view."""
        if page in self._makers:
            self._renderer(page, view)

    def event(self, page: str, view: str, row: Row) -> bytes:
        """The event that replaces a row. It depends on nothing but the arguments."""
        key = (page, view, row.account_id, row.version)
        found = self._rendered.get(key)
        if found is None:
            self.renderings += 1
            text = self._renderer(page, view)(row)
            found = frame(text, "row") if page == JSON else frame(_placed(row, text))
            self._rendered[key] = found
            if len(self._rendered) > self._most:
                self._rendered.popitem(last=False)
        return found

    def _renderer(self, page: str, view: str) -> RowRenderer:
        found = self._renderers.get((page, view))
        if found is None:
            found = self._renderers[page, view] = self._makers[page](view)
            if len(self._renderers) > VIEWS_MAX:
                self._renderers.popitem(last=False)
        return found


def _placed(row: Row, text: str) -> str:
    return f'<hx-partial hx-target="#r-{row_key(row.account_id)}" hx-swap="outerMorph">{text}</hx-partial>'


def _json_view(view: str) -> RowRenderer:
    if view:
        raise ValueError("the stream of the API has one view")
    return lambda row: msgspec.json.encode(asdict(row)).decode()
