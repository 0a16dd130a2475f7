"""Ticket systems on loopback, each with the few rules of the real one that matter: what it keeps, finds and refuses."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.fake_slack import FakeSlack, Reply

TOKEN = "token-of-the-sink"
Ticket = dict[str, Any]


class FakeTickets(FakeSlack):
    """Answers with what is scripted, then as the system does. `tickets` are by id, each with its `notes` and state.

    `loses_answers` of the next changes are made, and their answers lost.
    """

    def __init__(self, *replies: Reply) -> None:
        super().__init__(*replies)
        self.tickets: dict[str, Ticket] = {}
        self.loses_answers = 0

    @property
    def base(self) -> str:
        """The address of the product."""
        return self.url.partition("/services")[0]

    def next_reply(self, method: str, path: str, body: bytes) -> Reply:
        """See `FakeSlack.next_reply`."""
        if self._replies:
            return self._replies.pop(0)
        status, answer = self.act(method, path, json.loads(body) if body else {})
        is_lost = self.loses_answers > 0 and not self.is_look_up(method, path, body)
        self.loses_answers -= is_lost
        return Reply(status, body=json.dumps(answer).encode(), hangs_up=is_lost)

    def is_look_up(self, method: str, path: str, body: bytes) -> bool:
        """Whether this only asks."""
        return method == "GET"

    def act(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """(status, answer) to one request."""
        raise NotImplementedError


class FakeZendesk(FakeTickets):
    """Tickets by number; a closed one takes no change."""

    def act(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            (wanted,) = parse_qs(urlsplit(path).query)["external_id"]
            return 200, {"tickets": [t for t in self.tickets.values() if t["external_id"] == wanted], "count": 1}
        if method == "POST":
            number = len(self.tickets) + 1
            given = body["ticket"]
            ticket = {**given, "id": number, "notes": [given["comment"]["body"]], "is_open": True}
            self.tickets[str(number)] = ticket
            return 201, {"ticket": ticket}
        found = re.fullmatch(r"/api/v2/tickets/(\d+)\.json", path)
        if found is None or found[1] not in self.tickets:
            return 404, {"error": "RecordNotFound"}
        ticket = self.tickets[found[1]]
        if ticket.get("is_closed_for_good"):
            return 422, {"error": "RecordInvalid", "details": {"status": [{"description": "closed prevents update"}]}}
        ticket["notes"].append(body["ticket"]["comment"]["body"])
        ticket["is_open"] = body["ticket"].get("status") != "solved"
        return 200, {"ticket": ticket}


class FakeLinear(FakeTickets):
    """Issues and comments under the ids that they are given; a second one of the same id is an error."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__(*replies)
        self.comments: set[str] = set()

    @property
    def base(self) -> str:
        return super().base + "/graphql"

    def is_look_up(self, method: str, path: str, body: bytes) -> bool:
        return bool(json.loads(body)["query"].startswith("query"))

    def act(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        query, variables = body["query"], body["variables"]
        given = variables.get("input", {})
        match query.split()[1].partition("(")[0]:
            case "Find":
                return self._issue(variables["id"], lambda issue: {"issue": {"id": issue["id"]}})
            case "Open":
                if given["id"] in self.tickets:
                    return _error("Issue with this id already exists")
                self.tickets[given["id"]] = {**given, "notes": [given["description"]], "is_open": True}
                return _data({"issueCreate": {"success": True, "issue": {"id": given["id"]}}})
            case "Say":
                if given["id"] in self.comments:
                    return _error("Comment with this id already exists")
                self.comments.add(given["id"])
                return self._issue(given["issueId"], lambda issue: issue["notes"].append(given["body"]))
            case "Done":
                states = {"nodes": [{"id": "state-done"}]}
                return self._issue(variables["id"], lambda _: {"issue": {"team": {"states": states}}})
            case _:
                is_done = given["stateId"] == "state-done"
                return self._issue(variables["id"], lambda issue: issue.update(is_open=not is_done))

    def _issue(self, issue_id: str, act: Any) -> tuple[int, Any]:
        if issue_id not in self.tickets:
            return _error("Entity not found: Issue")
        return _data(act(self.tickets[issue_id]) or {})


class FakeHubSpot(FakeTickets):
    """Tasks by number; the search finds what has the property."""

    def is_look_up(self, method: str, path: str, body: bytes) -> bool:
        return path.endswith("/search")

    def act(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path.endswith("/search"):
            wanted = body["filterGroups"][0]["filters"][0]
            found = [t for t in self.tickets.values() if t.get(wanted["propertyName"]) == wanted["value"]]
            return 200, {"total": len(found), "results": [{"id": ticket["id"]} for ticket in found]}
        given = body["properties"]
        if method == "POST":
            number = str(len(self.tickets) + 1)
            self.tickets[number] = {**given, "id": number, "notes": [given["hs_task_body"]], "is_open": True}
            return 201, {"id": number, "properties": given}
        ticket = self.tickets.get(path.rpartition("/")[2])
        if ticket is None:
            return 404, {"status": "error", "category": "OBJECT_NOT_FOUND"}
        ticket["notes"].append(given["hs_task_body"])
        ticket["is_open"] = given.get("hs_task_status") != "COMPLETED"
        return 200, {"id": ticket["id"]}


class FakeReceiver(FakeTickets):
    """A receiver of generic posts that drops the idempotency keys that it has seen."""

    def act(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        case, step = body["external_id"], body["step"]["id"]
        ticket = self.tickets.setdefault(case, {"id": case, "notes": [], "seen": [], "is_open": True})
        if step not in ticket["seen"]:
            ticket["seen"].append(step)
            ticket["notes"].append(body["text"])
            ticket["is_open"] = body["action"] != "close"
        return 200, {"id": "T-1"}


def _data(data: Any) -> tuple[int, Any]:
    return 200, {"data": data}


def _error(message: str) -> tuple[int, Any]:
    return 200, {"errors": [{"message": message, "extensions": {"code": "INVALID_INPUT"}}]}
