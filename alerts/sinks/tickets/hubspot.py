"""HubSpot: tasks of the CRM, known by a property that has the case's id."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from alerts.message_text import MessageText
from alerts.sinks.tickets.api import Json, TicketHttp, body_text, external_id, text_of, unexpected
from alerts.step import AlertStep

_PRIORITIES = {"critical": "HIGH", "warning": "HIGH", "info": "MEDIUM", "good": "LOW"}
CASE_PROPERTY = "case_property"
_PATH = "/crm/v3/objects/tasks"


class HubSpotTasks:
    """`TicketApi` of HubSpot. The token is that of a private app. `fields` are properties of a task, such as
    `hubspot_owner_id`; `case_property` names the property with the case's id, "vitals_case_id" by default, which must
    exist. A task has no comments, so its text is replaced by what is news. HubSpot's search is some seconds behind."""

    def __init__(self, url: str, token: str, fields: Mapping[str, str], client: httpx.AsyncClient) -> None:
        self._http = TicketHttp(url, client, f"Bearer {token}" if token else "")
        self._fields = {name: value for name, value in fields.items() if name != CASE_PROPERTY}
        self._property = fields.get(CASE_PROPERTY, "vitals_case_id")

    async def find(self, case_id: str, /) -> str:
        """See `TicketApi.find`."""
        wanted = {"propertyName": self._property, "operator": "EQ", "value": external_id(case_id)}
        body = {"filterGroups": [{"filters": [wanted]}], "properties": [self._property], "limit": 1}
        results = (await self._http.send("POST", f"{_PATH}/search", body)).get("results")
        if isinstance(results, list) and results and isinstance(results[0], dict):
            return text_of(results[0].get("id"))
        return ""

    async def open(self, step: AlertStep, text: MessageText, /) -> str:
        """See `TicketApi.open`. Due when the case escalates, else at once."""
        properties: Json = {
            "hs_task_subject": text.headline,
            "hs_task_body": body_text(text),
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": _PRIORITIES[step.severity],
            "hs_timestamp": step.until or step.as_of,
            self._property: external_id(step.case_id),
            **self._fields,
        }
        if made := text_of((await self._http.send("POST", _PATH, {"properties": properties})).get("id")):
            return made
        raise unexpected("the task's id")

    async def comment(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.comment`."""
        await self._update(ticket, {"hs_task_body": body_text(text), "hs_task_priority": _PRIORITIES[step.severity]})

    async def close(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.close`."""
        await self._update(ticket, {"hs_task_body": body_text(text), "hs_task_status": "COMPLETED"})

    async def _update(self, ticket: str, properties: Json) -> None:
        await self._http.send("PATCH", f"{_PATH}/{quote(ticket, safe='')}", {"properties": properties})
