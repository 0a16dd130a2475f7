"""Slack's Web API over real HTTP: posts, edits and histories of one channel, and every error by script."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from tests.support.fake_slack import FakeSlack, Reply
from tests.support.slack.limits import check_limits

TOKEN = "xoxb-1-secret"
CHANNEL = "C012AB3CD"


class FakeSlackApi(FakeSlack):
    """Keeps messages as Slack does. `fails` scripts answers by method; what is not scripted succeeds.

    An answer can be lost: the call has its effect, and the line is closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        """What the channel shows, by `ts`; replies have a `thread_ts`."""
        self.calls: list[str] = []
        self._scripts: dict[str, list[Reply | str]] = {}

    @property
    def api(self) -> str:
        """The address of the API."""
        return self.url.partition("/services")[0] + "/api"

    def fails(self, method: str, *answers: Reply | str) -> None:
        """Answer the next calls of `method` so: a `Reply`, an error code, or "lost"."""
        self._scripts.setdefault(method, []).extend(answers)

    @property
    def top(self) -> list[dict[str, Any]]:
        """The messages of the channel, without replies."""
        return [message for message in self.messages.values() if "thread_ts" not in message]

    @property
    def replies(self) -> list[dict[str, Any]]:
        """The messages in threads."""
        return [message for message in self.messages.values() if "thread_ts" in message]

    def next_reply(self, method: str, path: str, body: bytes) -> Reply:
        """See `FakeSlack.next_reply`."""
        name = path.rpartition("/")[2]
        self.calls.append(name)
        script = self._scripts.get(name, [])
        answer = script.pop(0) if script else ""
        if isinstance(answer, Reply):
            return answer
        if answer and answer != "lost":
            return _json({"ok": False, "error": answer})
        done = self._do(name, body)
        return Reply(hangs_up=True) if answer == "lost" else _json(done)

    def _do(self, name: str, body: bytes) -> dict[str, Any]:
        match name:
            case "chat.postMessage":
                message = json.loads(body)
                check_limits(message)
                ts = f"1795255200.{len(self.messages):06d}"
                self.messages[ts] = {**message, "ts": ts}
                return {"ok": True, "channel": CHANNEL, "ts": ts, "message": message}
            case "chat.update":
                edit = json.loads(body)
                check_limits(edit)
                if edit["ts"] not in self.messages:
                    return {"ok": False, "error": "message_not_found"}
                self.messages[edit["ts"]].update(edit)
                return {"ok": True, "channel": edit["channel"], "ts": edit["ts"], "text": edit["text"]}
            case "conversations.history" | "conversations.replies":
                asked = {key: values[0] for key, values in parse_qs(body.decode()).items()}
                assert asked["include_all_metadata"] == "true"
                shown = [
                    {"ts": each["ts"], "metadata": each["metadata"]}
                    for each in (self.top if name.endswith("history") else self.messages.values())
                    if name.endswith("history") or asked["ts"] in (each["ts"], each.get("thread_ts"))
                ]
                return {"ok": True, "messages": shown}
        return {"ok": False, "error": "unknown_method"}


def _json(answer: dict[str, Any]) -> Reply:
    return Reply(headers={"Content-Type": "application/json"}, body=json.dumps(answer).encode())
