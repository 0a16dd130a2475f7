"""What people keep beside the scores: overrides, notes, sentiment, views, share links."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dashboard.acts.acts import Acting
from dashboard.acts.ground import wall_ms
from dashboard.api.answering import answered, done_answer
from dashboard.api.asking import Reader
from dashboard.api.bodies import (
    ActAnswer,
    Me,
    NoteBody,
    OverrideBody,
    SavedView,
    SentimentBody,
    ShareBody,
    ShareLine,
    ViewBody,
)
from dashboard.api.documented import ACT, READ, READ_ONE
from dashboard.queries.asked import Asked
from dashboard.values.account import Note
from scoring.instants import DAY_MS
from streams.workspace.workspace import Workspace

part = APIRouter(tags=["workspace"])


def _workspace(request: Request) -> Workspace:
    return cast(Workspace, request.app.state.workspace)


Kept = Annotated[Workspace, Depends(_workspace)]


@part.get("/me", response_model=Me, responses=READ)
async def me(request: Request, person: Reader) -> Response:
    """Who asks, and what they may do."""
    scopes = tuple(sorted(person.scopes))
    return answered(
        request, Me(login=person.login, name=person.name, role=person.role, scopes=scopes, door=person.door)
    )


@part.put("/accounts/{account_id:path}/override", response_model=ActAnswer, responses=ACT)
async def set_override(
    request: Request, acting: Acting, account_id: str, body: OverrideBody, person: Reader
) -> Response:
    """Set the account's score for some days. The model's own score stays beneath it."""
    until_ms = wall_ms() + round(body.days * DAY_MS)
    return done_answer(request, await acting.overrides.set(person, account_id, body.score, body.reason, until_ms))


@part.delete("/accounts/{account_id:path}/override", response_model=ActAnswer, responses=ACT)
async def end_override(request: Request, acting: Acting, account_id: str, person: Reader) -> Response:
    """End the account's override; without one, nothing changes."""
    return done_answer(request, await acting.overrides.end(person, account_id))


@part.get("/accounts/{account_id:path}/notes", response_model=tuple[Note, ...], responses=READ_ONE)
async def notes(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """What people wrote about the account, the newest first."""
    return answered(request, (await asked.account(account_id)).notes)


@part.post("/accounts/{account_id:path}/notes", response_model=ActAnswer, status_code=201, responses=ACT)
async def add_note(request: Request, acting: Acting, account_id: str, body: NoteBody, person: Reader) -> Response:
    """Write something about the account."""
    return done_answer(request, await acting.workspace.add_note(person, account_id, body.text), status=201)


@part.delete("/notes/{note_id}", response_model=ActAnswer, responses=ACT)
async def delete_note(request: Request, acting: Acting, note_id: str, person: Reader) -> Response:
    """Delete a note: one's own, or as an admin anybody's."""
    return done_answer(request, await acting.workspace.delete_note(person, note_id))


@part.put("/accounts/{account_id:path}/sentiment", response_model=ActAnswer, responses=ACT)
async def set_sentiment(
    request: Request, acting: Acting, account_id: str, body: SentimentBody, person: Reader
) -> Response:
    """Say how the account feels. No part of the score."""
    return done_answer(request, await acting.workspace.set_sentiment(person, account_id, body.level, body.reason))


@part.get("/views", response_model=tuple[SavedView, ...], responses=READ)
async def views(request: Request, kept: Kept, person: Reader) -> Response:
    """One's own saved views, and everybody's."""
    found = kept.table.views(person.login)
    return answered(
        request,
        tuple(
            SavedView(
                id=each.id,
                name=each.name,
                query=each.query,
                author=each.author,
                owner=each.owner,
                at_ms=each.at_ms,
            )
            for each in found
        ),
    )


@part.post("/views", response_model=ActAnswer, status_code=201, responses=ACT)
async def save_view(request: Request, acting: Acting, body: ViewBody, person: Reader) -> Response:
    """Save a view of the list."""
    done = await acting.workspace.save_view(person, body.name, body.query, is_shared=body.is_shared)
    return done_answer(request, done, status=201)


@part.delete("/views/{view_id}", response_model=ActAnswer, responses=ACT)
async def delete_view(request: Request, acting: Acting, view_id: str, person: Reader) -> Response:
    """Delete a view: one's own, or one of everybody's."""
    return done_answer(request, await acting.workspace.delete_view(person, view_id))


@part.get("/shares", response_model=tuple[ShareLine, ...], responses=READ)
async def shares(request: Request, kept: Kept, person: Reader) -> Response:
    """The share links: as an admin all, else one's own."""
    found = [each for each in kept.table.shares() if person.may("admin") or each.login == person.login]
    return answered(
        request,
        tuple(
            ShareLine(
                id=each.id,
                scope=each.scope,
                query=each.query,
                author=each.author,
                at_ms=each.at_ms,
                until_ms=each.until_ms,
                redacts=each.redacts,
                revoked_ms=each.revoked_ms,
                label=each.label,
            )
            for each in found
        ),
    )


@part.post("/shares", response_model=ActAnswer, status_code=201, responses=ACT)
async def share(request: Request, acting: Acting, body: ShareBody, person: Reader) -> Response:
    """Publish a share link. The answer's `id` and `secret` make its address, /share/ID?key=SECRET, and the secret is
    shown this once."""
    done = await acting.links.share(person, body.place, body.query, body.days, redacts=body.redacts, label=body.label)
    return done_answer(request, done, status=201)


@part.delete("/shares/{share_id}", response_model=ActAnswer, responses=ACT)
async def end_share(request: Request, acting: Acting, share_id: str, person: Reader) -> Response:
    """End a share link at once."""
    return done_answer(request, await acting.links.end_share(person, share_id))
