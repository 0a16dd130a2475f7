"""What stands around every page, and the one function that makes the context of `base.html`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from dashboard.doors.identity import Asking, Person
from dashboard.pages.environment import environment
from dashboard.pages.lists.views import ListView
from dashboard.pages.stylesheet import stylesheet_url
from dashboard.wording.look import Look
from dashboard.wording.times import zone_of
from streams.workspace.records import Preferences


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the top bar."""

    name: str
    label: str
    href: str


PAGES: Final = (
    Entry("portfolio", "Portfolio", "/"),
    Entry("accounts", "Accounts", "/accounts"),
    Entry("actions", "Actions", "/actions"),
    Entry("alerts", "Alerts", "/alerts"),
    Entry("team", "Team", "/team"),
    Entry("model", "Model", "/model"),
    Entry("sources", "Sources", "/sources"),
)
KEYMAP: Final = (
    ("/", "find an account"),
    ("j k", "next, previous row"),
    ("Enter", "open"),
    ("u", "back to the list"),
    ("e", "explain in place"),
    ("a", "acknowledge"),
    ("z", "snooze"),
    ("p", "playbook"),
    ("d", "done"),
    ("o", "owner"),
    ("n", "note"),
    ("f", "filter"),
    ("x", "select"),
    (".", "pause"),
    ("g p", "portfolio"),
    ("g a", "accounts"),
    ("g c", "actions"),
    ("g l", "alerts"),
    ("g m", "model"),
    ("g s", "sources"),
    ("?", "these keys"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a page knows before it has asked anything: who reads, in which zone, what is wrong.

    `counts` are those of the top bar, by page. `address` is the page's own, to return to after an act.
    """

    person: Person
    preferences: Preferences
    look: Look
    counts: Mapping[str, int]
    saved_views: tuple[ListView, ...] = ()
    trouble: str = ""
    address: str = "/"

    def page(self, template: str, *, page: str, title: str, as_of_ms: int, **values: Any) -> HTMLResponse:
        """A page as an answer. `values` are what the template needs beside the context of `base.html`."""
        status = values.pop("status", 200)
        text = render(template, {**context(self, page=page, title=title, as_of_ms=as_of_ms), **values})
        return HTMLResponse(text, status)


def context(frame: Frame, *, page: str, title: str, as_of_ms: int) -> dict[str, Any]:
    """All that `base.html` and its parts read.

    `page` is the name of an entry of `PAGES` or another word; `title` is plain text; `as_of_ms` is the one «as of» of
    the page, the latest instant of judgement in what it shows. `search` is what stands in the box «Find an account».
    """
    return {
        "page": page,
        "title": title,
        "as_of_ms": as_of_ms or frame.look.now_ms,
        "person": frame.person,
        "csrf": frame.person.csrf,
        "counts": frame.counts,
        "trouble": frame.trouble,
        "theme": frame.preferences.theme,
        "has_keys": frame.preferences.has_keys,
        "zone_name": frame.preferences.zone,
        "address": frame.address,
        "look": frame.look,
        "search": "",
        "pages": PAGES,
        "keymap": KEYMAP,
        "stylesheet": stylesheet_url(),
    }


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template as text."""
    return environment().get_template(template).render(values)


def now_ms() -> int:
    """The wall clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def frame(request: Request, person: Asking) -> Frame:
    """A dependency: the frame of this request."""
    preferences = Preferences(id=person.login, at_ms=0)
    look = Look(now_ms=now_ms(), zone=zone_of(preferences.zone))
    query = f"?{request.url.query}" if request.url.query else ""
    return Frame(
        person=person,
        preferences=preferences,
        look=look,
        counts={"actions": 0, "alerts": 0, "sources": 0},
        address=request.url.path + query,
    )


def with_tiers(framed: Frame, tiers: tuple[tuple[str, float], ...]) -> Frame:
    """The same with the model's tiers, the worst first."""
    return replace(framed, look=replace(framed.look, tiers=tiers)) if tiers else framed


Framed = Annotated[Frame, Depends(frame)]
"""A parameter of a page's route: `async def page(framed: Framed, asked: Asked)`."""
