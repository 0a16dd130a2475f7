"""The `Queries` of this dashboard, for routes to depend on."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from dashboard.queries.port import Queries


def queries(request: Request) -> Queries:
    """The one that this process has: a dependency."""
    return cast(Queries, request.app.state.queries)


Asked = Annotated[Queries, Depends(queries)]
"""A parameter of a route: `async def page(asked: Asked)`."""
