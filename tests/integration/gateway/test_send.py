"""`vitals gateway send` to a gateway: recorded webhooks, signed as their vendors sign."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from streams.deployment.settings import Settings
from tests.support.commands import environment_of
from tests.support.gateway.running import RunningGateway, a_gateway
from tests.support.kafka.topic import read_all
from tests.support.shared_data import shared

SECRETS = {
    "VITALS_SECRET_OWN": "k-1",
    "VITALS_SECRET_WH": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "VITALS_SECRET_ERP": "erp-secret",
    "VITALS_SECRET_OF_VENDORS": "vendors-secret",
}
SOURCES = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_OWN"]

[sources.platform]
kind = "standard-webhooks"
secrets = ["VITALS_SECRET_WH"]

[sources.erp]
kind = "generic"
secrets = ["VITALS_SECRET_ERP"]
scheme = "hmac-sha256"
header = "X-Signature"
account = [{ pointer = "/org" }]
map = { event = "/kind", id = "/id" }
"""
RECORDED = {
    "segment": "segment/spec_group_00_group.json",
    "sentry": "sentry/docs_error_created.json",
    "stripe": "stripe/dj-stripe_events/customer_subscription_created.json",
    "zendesk": "zendesk/ticket_created.json",
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


async def send(gateway: RunningGateway, *arguments: str, secrets: Mapping[str, str] = SECRETS) -> Ended:
    """Run the command against this gateway."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "vitals", "gateway", "send", *arguments],
        env={**environment_of(gateway.settings), **secrets, "PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


async def test_bodies_are_sent_signed_and_their_answers_are_shown(settings: Settings, tmp_path: Path) -> None:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    hook = {"type": "login", "timestamp": "2026-03-01T09:00:00Z", "data": {"account_id": "acme"}}
    recorded = {"headers": {"webhook-id": "msg_7", "webhook-signature": "v1,old"}, "body": hook}
    deals = [{"kind": "deal_won", "id": number, "org": "acme"} for number in range(2)]
    bad = [*deals, {"kind": "deal_won", "id": 3}]
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:
        platform = await send(gateway, write("hook.json", json.dumps(recorded)), "--source", "platform")
        assert (platform.code, "1 taken" in platform.out) == (0, True), platform
        own = write("own.json", json.dumps([{"topic": "analytics", "account_id": "acme", "event": "login"}]))
        assert (await send(gateway, own, "--source", "own")).code == 0
        erp = await send(gateway, write("deals.ndjson", "\n".join(map(json.dumps, bad))), "--source", "erp", "--json")
        assert (erp.code, [each["is_taken"] for each in json.loads(erp.out)]) == (1, [True, True, False])
        assert "no_account" in json.loads(erp.out)[2]["words"]
        other = {**SECRETS, "VITALS_SECRET_ERP": "another"}
        refused = await send(gateway, str(tmp_path / "deals.ndjson"), "--source", "erp", secrets=other)
        assert (refused.code, "401" in refused.out, "bad_signature" in refused.out) == (1, True, True), refused
        unset = {name: value for name, value in SECRETS.items() if name != "VITALS_SECRET_ERP"}
        missing = await send(gateway, str(tmp_path / "deals.ndjson"), "--source", "erp", secrets=unset)
        assert (missing.code, "VITALS_SECRET_ERP" in missing.err) == (1, True)
        values = [json.loads(value) for value in await read_all(gateway.settings, "analytics")]
    assert sorted(value["id"] for value in values if "id" in value)[:2] == ["0", "1"]
    assert "msg_7" in {value.get("id") for value in values}


async def test_recorded_webhooks_of_vendors_are_taken(settings: Settings, tmp_path: Path) -> None:
    files = {kind: str(shared(f"webhooks/{path}")) for kind, path in RECORDED.items()}
    tables = [f'[sources.{kind}]\nkind = "{kind}"\nsecrets = ["VITALS_SECRET_OF_VENDORS"]\n' for kind in files]
    async with a_gateway(settings, tmp_path, "\n".join(tables), SECRETS) as gateway:
        for kind, file in files.items():
            ended = await send(gateway, file, "--source", kind, "--json")
            (answer,) = json.loads(ended.out)
            assert answer["status"] == 200, answer


async def test_a_gateway_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("{}", "utf-8")
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:
        sent = str(tmp_path / "event.json")
        nobody = await send(gateway, sent, "--source", "own", "--to", "http://127.0.0.1:9")
        unknown = await send(gateway, sent, "--source", "owm")
        several = await send(gateway, sent)
    assert (nobody.code, "No gateway answers at http://127.0.0.1:9" in nobody.err) == (1, True)
    assert (unknown.code, "There is no source owm" in unknown.err) == (1, True)
    assert (several.code, "give --source with one of own, platform, erp" in several.err) == (1, True)
