"""The forms of the pages: every act works without script, and says what became of it on the page it came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dashboard.acts.acts import Acting
from dashboard.acts.done import Done
from dashboard.acts.forms import BadField, Fields, fields_of
from dashboard.acts.ground import sentence, wall_ms
from dashboard.acts.said import answer
from dashboard.doors.identity import Asking

router = APIRouter(prefix="/acts", include_in_schema=False)
Form = Annotated[Fields, Depends(fields_of)]


def _answer(request: Request, form: Fields, done: Done) -> Response:
    return answer(request, done, form.text("back") or "/")


def _bad(error: BadField) -> Done:
    return Done(outcome="invalid", words=sentence(str(error)))


@router.post("/cases/{case_id:path}/{command}")
async def on_case(request: Request, case_id: str, command: str, form: Form, person: Asking, acting: Acting) -> Response:
    """Acknowledge, snooze, wake, assign, log, note or resolve, by `days`, `assignee`, `reason` and `action`."""
    try:
        done = await acting.cases.act(person, case_id, form.case_request(command, wall_ms()))
    except BadField as error:
        done = _bad(error)
    return _answer(request, form, done)


@router.post("/override")
async def set_override(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Set the score of `account`, for `days`, with a `reason`."""
    try:
        until_ms = form.until_ms(wall_ms())
        score = form.number("score")
    except BadField as error:
        return _answer(request, form, _bad(error))
    done = await acting.overrides.set(person, form.text("account"), score, form.text("reason"), until_ms)
    return _answer(request, form, done)


@router.post("/override/end")
async def end_override(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """End the override of `account`."""
    return _answer(request, form, await acting.overrides.end(person, form.text("account")))


@router.post("/notes")
async def add_note(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Write `text` about `account`."""
    return _answer(request, form, await acting.workspace.add_note(person, form.text("account"), form.text("text")))


@router.post("/notes/delete")
async def delete_note(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Delete the note `note`."""
    return _answer(request, form, await acting.workspace.delete_note(person, form.text("note")))


@router.post("/sentiment")
async def set_sentiment(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Say how `account` feels: `level`, "" for none, and a `reason`."""
    account, level, reason = form.text("account"), form.text("level"), form.text("reason")
    return _answer(request, form, await acting.workspace.set_sentiment(person, account, level, reason))


@router.post("/views")
async def save_view(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Save `query` under `name`, with a tick at `everybody` for all."""
    done = await acting.workspace.save_view(
        person, form.text("name"), form.text("query"), is_shared=form.is_on("everybody"), view_id=form.text("view")
    )
    return _answer(request, form, done)


@router.post("/views/delete")
async def delete_view(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Delete the view `view`."""
    return _answer(request, form, await acting.workspace.delete_view(person, form.text("view")))


@router.post("/preferences")
async def set_preferences(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Set `theme`, `zone` and, in the same form, `keys`."""
    columns = form.given("columns")
    done = await acting.workspace.set_preferences(
        person,
        zone=form.text("zone") or None,
        theme=form.text("theme") or None,
        has_keys=form.is_on("keys") if form.given("theme") is not None else None,
        columns=tuple(part for part in columns.split(",") if part) if columns is not None else None,
    )
    return _answer(request, form, done)


@router.post("/dead-letters")
async def replay_letter(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Send the dead letter `letter` again."""
    return _answer(request, form, await acting.sources.replay(person, form.text("letter")))


@router.post("/attribute")
async def attribute(request: Request, form: Form, person: Asking, acting: Acting) -> Response:
    """Say that the `id` of a `kind` belongs to `account`."""
    done = await acting.sources.attribute(person, form.text("kind"), form.text("id"), form.text("account"))
    return _answer(request, form, done)


@router.post("/{command}")
async def on_named_case(request: Request, command: str, form: Form, person: Asking, acting: Acting) -> Response:
    """As `on_case`, with the case in the field `case`."""
    return await on_case(request, form.text("case"), command, form, person, acting)
