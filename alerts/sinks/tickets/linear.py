"""Linear: issues by its GraphQL API, under an id that follows from the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import httpx

from alerts.message_text import MessageText
from alerts.sinks.http import DEFAULT_RETRY_AFTER_SECONDS
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.tickets.api import Json, TicketGone, TicketHttp, body_text, text_of, unexpected, uuid_of
from alerts.step import AlertStep
from alerts.text import plain

MESSAGE_LIMIT = 200
_PRIORITIES = {"critical": 1, "warning": 2, "info": 3, "good": 4}
DONE_STATE = "done_state_id"
_FIND = "query Find($id: String!) { issue(id: $id) { id } }"
_CREATE = "mutation Open($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id } } }"
_UPDATE = "mutation Change($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { success } }"
_COMMENT = "mutation Say($input: CommentCreateInput!) { commentCreate(input: $input) { success } }"
_DONE = (
    "query Done($id: String!) "
    '{ issue(id: $id) { team { states(filter: { type: { eq: "completed" } }) { nodes { id } } } } }'
)


class Linear:
    """`TicketApi` of Linear. The token is a personal API key, or "Bearer …". `fields` are those of an issue, with
    `teamId` at least; `done_state_id` is the state that closes an issue, by default the team's first completed one.

    An issue and each comment get ids that follow from the case and the step, so a repeat makes no second one.
    """

    def __init__(self, url: str, token: str, fields: Mapping[str, str], client: httpx.AsyncClient) -> None:
        self._http = TicketHttp(url, client, token)
        self._fields = {name: value for name, value in fields.items() if name != DONE_STATE}
        self._done_state = fields.get(DONE_STATE, "")

    async def find(self, case_id: str, /) -> str:
        """See `TicketApi.find`."""
        try:
            data = await self._ask(_FIND, {"id": uuid_of(case_id)})
        except TicketGone:
            return ""
        return text_of(_object(data, "issue").get("id"))

    async def open(self, step: AlertStep, text: MessageText, /) -> str:
        """See `TicketApi.open`."""
        issue: Json = {
            "id": uuid_of(step.case_id),
            "title": text.headline,
            "description": body_text(text),
            "priority": _PRIORITIES[step.severity],
            **self._fields,
        }
        data = await self._ask(_CREATE, {"input": issue})
        if made := text_of(_object(_object(data, "issueCreate"), "issue").get("id")):
            return made
        raise unexpected("the issue's id")

    async def comment(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.comment`. A comment that is there already is one of an earlier attempt."""
        comment = {"id": uuid_of(step.id), "issueId": ticket, "body": body_text(text)}
        try:
            await self._ask(_COMMENT, {"input": comment})
        except DeliveryRefused as error:
            if not _is_duplicate(error):
                raise

    async def close(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.close`."""
        await self.comment(ticket, step, text)
        state = self._done_state or await self._completed_state(ticket)
        await self._ask(_UPDATE, {"id": ticket, "input": {"stateId": state}})

    async def _completed_state(self, ticket: str) -> str:
        data = await self._ask(_DONE, {"id": ticket})
        nodes = _object(_object(_object(data, "issue"), "team"), "states").get("nodes")
        if isinstance(nodes, list) and nodes and isinstance(nodes[0], dict):
            return text_of(nodes[0].get("id"))
        raise DeliveryRefused(f"the team has no completed state: name one as `{DONE_STATE}` in `fields`.")

    async def _ask(self, query: str, variables: Json) -> Json:
        """The data of an answer. GraphQL reports errors in a 200 and in a 400 alike."""
        answer = await self._http.send("POST", "", {"query": query, "variables": variables}, also=400)
        errors = answer.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            _raise(errors[0])
        data = answer.get("data")
        if not isinstance(data, dict):
            raise DeliveryRefused("answered without data and without an error: check the address of this sink.")
        return data


def _raise(error: Json) -> NoReturn:
    """Raise what Linear's error means. By its code and type: the message may repeat our own texts."""
    about = _object(error, "extensions")
    code = f"{about.get('code', '')} {about.get('type', '')}".upper().replace("_", " ")
    words = plain(str(error.get("message", "")), MESSAGE_LIMIT)
    if "RATELIMITED" in code:
        raise DeliveryFailed("answered RATELIMITED", DEFAULT_RETRY_AFTER_SECONDS, reason="rate_limited")
    if "AUTHENTICATION" in code or "FORBIDDEN" in code:
        raise ChannelUnavailable("Linear does not take the token: check the token of this sink.", reason="auth")
    if words.startswith("Entity not found") or "NOT FOUND" in code:
        raise TicketGone(words)
    raise DeliveryRefused(f"answered {words!r}: Linear does not accept this issue: check `fields`.")


def _is_duplicate(error: DeliveryRefused) -> bool:
    return "already exists" in str(error).lower() or "duplicate" in str(error).lower()


def _object(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
