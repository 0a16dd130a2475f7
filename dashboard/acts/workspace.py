"""What people keep beside the scores: notes, sentiment, saved views, what they set for their pages."""

from __future__ import annotations

import asyncio
import secrets
from typing import Literal, get_args
from zoneinfo import available_timezones

import msgspec

from dashboard.acts.done import Done
from dashboard.acts.ground import Ground, sentence
from dashboard.acts.known import Known
from dashboard.doors.identity import Person
from dashboard.values.account import SENTIMENTS
from streams.kafka.sending import NotSent
from streams.workspace.limits import fault_of
from streams.workspace.records import Note, Record, Sentiment, View
from streams.workspace.workspace import NotKept, Workspace

Theme = Literal["auto", "light", "dark"]


class WorkspaceActs:
    """Each is in this dashboard's table on return, and in the others' within a second."""

    def __init__(self, ground: Ground, workspace: Workspace, known: Known) -> None:
        self._ground = ground
        self._workspace = workspace
        self._known = known

    async def add_note(self, person: Person, account_id: str, text: str) -> Done:
        """Write something about an account. The same text by the same person counts once in a quarter of an hour."""
        note = Note(
            id=new_id(),
            account_id=account_id,
            author=person.name,
            at_ms=self._ground.now_ms(),
            text=clean(text),
            login=person.login,
        )
        if fault := fault_of(note):
            return Done(outcome="invalid", words=sentence(fault))
        if (unknown := await self._known.missing(account_id)) is not None:
            return unknown
        what = ("note", person.login, account_id, note.text)

        async def work() -> Done:
            if await self._ground.first(person, *what):
                return Done(outcome="already", words="You wrote this note already.")
            try:
                await self._workspace.keep(note)
            except (NotSent, NotKept, asyncio.CancelledError):
                await self._ground.release(*what)
                raise
            return Done(outcome="done", words="The note is kept.", id=note.id)

        return await self._ground.perform(person, "note_add", account_id, work)

    async def delete_note(self, person: Person, note_id: str) -> Done:
        """Delete a note: one's own, or as an admin anybody's."""
        note = self._workspace.table.note(note_id)
        if note is None:
            return Done(outcome="unknown", words="There is no such note: it was deleted already.")
        needs: Literal["act", "admin"] = "act" if note.login == person.login else "admin"
        return await self._removed(person, "note_delete", note, note.account_id, "The note is deleted.", needs)

    async def set_sentiment(self, person: Person, account_id: str, level: str, reason: str = "") -> Done:
        """Say how an account feels: one of `SENTIMENTS`, "" for none. No part of the score."""
        if level not in ("", *SENTIMENTS):
            return Done(outcome="invalid", words=f"A sentiment is one of {', '.join(SENTIMENTS)}: choose one.")
        if (unknown := await self._known.missing(account_id)) is not None:
            return unknown
        now_ms = self._ground.now_ms()
        record = Sentiment(id=account_id, level=level, author=person.name, at_ms=now_ms, reason=clean(reason))
        if not level:
            return await self._removed(person, "sentiment", record, account_id, "The sentiment is taken back.")
        return await self._kept(person, "sentiment", record, f"The sentiment is «{level}».", detail=level)

    async def save_view(self, person: Person, name: str, query: str, *, is_shared: bool, view_id: str = "") -> Done:
        """Save a view of the list: the query of its address. With the id of a view it replaces that one."""
        found = self._workspace.table.view(view_id) if view_id else None
        if found is not None and found.owner not in ("", person.login):
            return Done(outcome="unknown", words="There is no such view.")
        view = View(
            id=found.id if found else new_id(),
            name=clean(name),
            query=query.lstrip("?"),
            author=person.name,
            at_ms=self._ground.now_ms(),
            owner="" if is_shared else person.login,
        )
        needs: Literal["read", "act"] = "act" if is_shared or (found and not found.owner) else "read"
        return await self._kept(person, "view_save", view, f"The view «{view.name}» is saved.", needs=needs)

    async def delete_view(self, person: Person, view_id: str) -> Done:
        """Delete a view: one's own, or one of everybody's."""
        view = self._workspace.table.view(view_id)
        if view is None or view.owner not in ("", person.login):
            return Done(outcome="unknown", words="There is no such view: it was deleted already.")
        needs: Literal["read", "act"] = "read" if view.owner else "act"
        return await self._removed(person, "view_delete", view, view.id, "The view is deleted.", needs)

    async def set_preferences(
        self,
        person: Person,
        *,
        zone: str | None = None,
        theme: str | None = None,
        has_keys: bool | None = None,
        columns: tuple[str, ...] | None = None,
    ) -> Done:
        """Set what is given, and leave the rest. Needs no more than to read."""
        if zone is not None and zone not in available_timezones():
            return Done(outcome="invalid", words="There is no such time zone: choose one like Europe/Berlin.")
        if theme is not None and theme not in get_args(Theme):
            return Done(outcome="invalid", words=f"A theme is one of {', '.join(get_args(Theme))}: choose one.")
        given = {"zone": zone, "theme": theme, "has_keys": has_keys, "columns": columns}
        record = msgspec.structs.replace(
            self._workspace.table.preferences(person.login),
            at_ms=self._ground.now_ms(),
            **{name: value for name, value in given.items() if value is not None},
        )
        return await self._kept(person, "preferences", record, "Your settings are kept.", needs="read")

    async def _kept(
        self,
        person: Person,
        act: str,
        record: Record,
        words: str,
        *,
        needs: Literal["read", "act", "admin"] = "act",
        detail: str = "",
    ) -> Done:
        if fault := fault_of(record):
            return Done(outcome="invalid", words=sentence(fault))

        async def work() -> Done:
            await self._workspace.keep(record)
            return Done(outcome="done", words=words, id=record.id)

        return await self._ground.perform(person, act, record.id, work, detail=detail, needs=needs)

    async def _removed(
        self,
        person: Person,
        act: str,
        record: Record,
        target: str,
        words: str,
        needs: Literal["read", "act", "admin"] = "act",
    ) -> Done:
        async def work() -> Done:
            await self._workspace.remove(type(record), record.id)
            return Done(outcome="done", words=words, id=record.id)

        return await self._ground.perform(person, act, target, work, needs=needs)


def new_id() -> str:
    """An id that nobody else has: 64 random bits."""
    return secrets.token_hex(8)


def clean(text: str) -> str:
    """Without what no text has: NUL, halves of characters, blanks around it; lines end in "\\n".

    >>> clean("  one\\r\\ntwo\\x00 ")
    'one\\ntwo'
    """
    whole = text.replace("\r\n", "\n").replace("\0", "").encode(errors="ignore").decode()
    return whole.strip()
