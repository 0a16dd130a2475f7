"""The `Workspace` of this dashboard, for routes to depend on."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from streams.workspace.workspace import Workspace


def workspace(request: Request) -> Workspace:
    """The one that this process has: a dependency. Pages read its `table`; `dashboard.acts` writes."""
    return cast(Workspace, request.app.state.workspace)


Kept = Annotated[Workspace, Depends(workspace)]
"""A parameter of a route: `async def page(kept: Kept)`."""
