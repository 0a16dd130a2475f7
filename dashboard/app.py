"""The web application: doors, static files, and the routes of each part. Only assembly."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields

from fastapi import APIRouter, FastAPI
from starlette.routing import Route

import dashboard.acts
import dashboard.api
import dashboard.doors
import dashboard.live
import dashboard.pages
import dashboard.sharing
from dashboard.acts.ground import wall_ms
from dashboard.doors.entrance import Entrance, Refusal, Rules
from dashboard.doors.headers import SecurityHeaders
from dashboard.errors import BUG, handle_errors, logged_out, refused
from dashboard.parts import Parts
from dashboard.requests import Requests
from dashboard.static_files import static_files

_ROOMS = (dashboard.api, dashboard.live, dashboard.acts, dashboard.sharing, dashboard.doors, dashboard.pages)


def dashboard_app(parts: Parts) -> FastAPI:
    """The application. Blocks while static files are read."""
    # A redirect to the path with or without a slash would be to the host that the request names, by plain HTTP behind a
    # proxy: the key of a share link would go with it.
    app = FastAPI(title="Vitals", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for each in fields(parts):
        setattr(app.state, each.name, getattr(parts, each.name))
    app.state.login = parts.doors.login
    for router in routers():
        app.include_router(router)
    app.router.routes += [Route("/logged-out", logged_out), static_files().route()]
    handle_errors(app)
    rules = Rules(
        door=parts.doors.door,
        address=parts.doors.address,
        proxies=parts.doors.proxies,
        table=parts.workspace.table,
        metrics=parts.metrics,
        now_ms=wall_ms,
        refuse=refused,
    )
    # The last that is added is the first that a request meets.
    app.add_middleware(Entrance, rules=rules)
    app.add_middleware(Requests, metrics=parts.metrics, stop=parts.stop, broken=refused(Refusal(500, BUG)))
    app.add_middleware(SecurityHeaders, address=parts.doors.address)
    return app


def routers() -> Iterator[APIRouter]:
    """`router` of every module of the rooms that has one."""
    for room in _ROOMS:
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            router = getattr(importlib.import_module(found.name), "router", None)
            if isinstance(router, APIRouter):
                yield router
