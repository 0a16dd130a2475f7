"""All acts of this dashboard, for routes to depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from dashboard.acts.cases import CaseActs
from dashboard.acts.links import LinkActs
from dashboard.acts.overrides import OverrideActs
from dashboard.acts.sources import SourceActs
from dashboard.acts.workspace import WorkspaceActs


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Each method takes the `Person` first and returns a `Done`; none raises for what is outside of us."""

    cases: CaseActs
    overrides: OverrideActs
    workspace: WorkspaceActs
    sources: SourceActs
    links: LinkActs


def acts(request: Request) -> Acts:
    """Those of this process: a dependency."""
    return cast(Acts, request.app.state.acts)


Acting = Annotated[Acts, Depends(acts)]
"""A parameter of a route: `async def act(person: Asking, acting: Acting)`."""
