"""The sources page: whether the numbers can be trusted, and what waits to be put right."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from dashboard.pages.frame import Frame, Framed
from dashboard.pages.parts.sentences import lead_of
from dashboard.pages.parts.shell_words import command
from dashboard.queries.asked import Asked
from dashboard.values.sources import DeadLetterLine, SourcesView, UnattributedLine
from dashboard.wording.keys import account_path

TONES = {"fresh": "green", "late": "yellow", "stopped": "red", "never": "none"}
"""The mark of a feed's state. «Never» has none: no account ever sent it, and nothing waits for it."""
router = APIRouter(include_in_schema=False)


@router.get("/sources")
async def sources(framed: Framed, asked: Asked) -> HTMLResponse:
    """The page."""
    view = await asked.sources()
    return framed.page(
        "sources.html", page="sources", title="Sources", as_of_ms=view.as_of_ms, **sources_values(framed, view)
    )


def sources_values(framed: Frame, view: SourcesView) -> dict[str, Any]:
    """All that `sources.html` reads beside the frame."""
    return {
        "view": view,
        "lead": lead_of(view.words or f"{len(view.sources):,} feeds."),
        "tones": TONES,
        "account": account_path,
        "may_admin": framed.person.may("admin") and not framed.trouble,
        "may_act": framed.person.may("act") and not framed.trouble,
        "replay_command": replay_command,
        "alias_command": alias_command,
    }


def replay_command(line: DeadLetterLine) -> str:
    """What does the same from a shell."""
    return command("vitals", "dead-letters", "replay", line.id)


def alias_command(line: UnattributedLine) -> str:
    """What does the same from a shell; ACCOUNT is for the reader to replace."""
    return command("vitals", "alias", "set", line.kind, line.id, "ACCOUNT", "--reason", "seen on the dashboard")
