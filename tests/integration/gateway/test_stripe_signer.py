"""Stripe's own signer, pointed at a gateway on a real broker: the scores are those of the same events in a file."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import stripe

from scoring.instants import parse_instant, rfc3339
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.replay.event_file import EventFile
from tests.support.gateway.running import RunningGateway, a_gateway
from tests.support.gateway.stripe_events import AT_S, event, thin
from tests.support.gateway.stripe_objects import item, price, subscription
from tests.support.kafka.topic import read_all
from tests.support.plain.replay import read_history, replay

SOURCES = """
[sources.stripe]
kind = "stripe"
secrets = ["VITALS_SECRET_OLD", "VITALS_SECRET_NEW"]
api_key = "VITALS_SECRET_KEY"
api_address = "http://127.0.0.1:{port}"
currency = "usd"
rates = {{ eur = 1.08 }}
"""
SECRETS = {"VITALS_SECRET_OLD": "whsec_old", "VITALS_SECRET_NEW": "whsec_new", "VITALS_SECRET_KEY": "rk_live_1"}
END = "2026-05-01T12:00:00Z"
DAY = 86_400
PRO = price(240_000, "year", id="price_pro", nickname="Pro")
BASIC = price(5_000, id="price_basic", nickname="Basic", currency="eur")
WITHIN_SECONDS = 30.0
Object = dict[str, Any]


def of(number: int, *items: Object, **fields: Any) -> Object:
    return subscription(*items, id=f"sub_{number}", customer=f"cus_{number}", **fields)


def pro(quantity: int) -> Object:
    return item(PRO, quantity, current_period_end=AT_S + 365 * DAY)


def told() -> list[Object]:
    """What Stripe sends about three accounts, in no order."""
    basic, failed = of(2, item(BASIC, 4), currency="eur"), {"object": "invoice", "id": "in_1", "currency": "usd"}
    before = {"items": {"data": [pro(4)]}}
    return [
        event("invoice.payment_failed", failed | {"customer": "cus_3", "amount_due": 1000}, at=AT_S + 41 * DAY),
        event("customer.subscription.updated", basic, before, at=AT_S + 9 * DAY),
        event("customer.subscription.created", of(1, pro(3)), at=AT_S),
        event("customer.subscription.created", of(2, pro(4)), at=AT_S + DAY),
        event("customer.subscription.created", of(3), at=AT_S + 2 * DAY),
        event("invoice.payment_failed", failed | {"customer": "cus_3", "amount_due": 1000}, at=AT_S + 40 * DAY),
        event("customer.subscription.deleted", of(1, pro(3), status="canceled"), at=AT_S + 30 * DAY),
        thin("v1.customer.subscription.resumed", "/v1/subscriptions/sub_4", id="evt_t", created=rfc3339(AT_S * 1_000)),
    ]


def canonical() -> list[Object]:
    """The same, as somebody would write it into a file."""
    return [
        _line("a1", "subscription_started", 0, subscription_id="sub_1", mrr=600, plan="Pro", seats=3),
        _line("a2", "subscription_started", 1, subscription_id="sub_2", mrr=800, plan="Pro", seats=4),
        _line("a3", "subscription_started", 2, subscription_id="sub_3", mrr=10, plan="price_1"),
        _line("a4", "subscription_started", 0, subscription_id="sub_4", mrr=99, plan="price_1"),
        _line("a2", "plan_downgraded", 9, subscription_id="sub_2", mrr=216, plan="Basic", seats=4),
        _line("a1", "subscription_canceled", 30, subscription_id="sub_1"),
        _line("a3", "payment_failed", 40),
        _line("a3", "payment_failed", 41),
    ]


def _line(account: str, name: str, day: int, topic: str = "billing", **properties: Any) -> Object:
    at = rfc3339((AT_S + day * DAY) * 1_000)
    if properties.get("plan") == "Pro":
        properties["renewal_date"] = "2027-03-01T09:00:00Z"
    return {"topic": topic, "account_id": account, "event": name, "timestamp": at, "properties": properties}


def scores(billing: Iterable[Object], path: Path) -> dict[str, tuple[object, ...]]:
    """The scores of these events, beside the same use of the product."""
    use = [_line(f"a{number}", "login", day, "analytics") for number in (1, 2, 3, 4) for day in range(0, 60, number)]
    path.write_text("\n".join(json.dumps(each) for each in [*billing, *use]), "utf-8")
    plan, end = Plan(load_preset("default")), parse_instant(END)
    with EventFile(str(path)) as file:
        history = read_history(file, plan, end)
    assert not history.refused
    return {each.account_id: (each.score, each.tier, each.facts) for each in replay(plan, history.events, [end])}


async def post(
    gateway: RunningGateway, body: Object, *, secret: str = "whsec_new", at: float = 0, sent: str = ""
) -> httpx.Response:
    raw = json.dumps(body, indent=2, ensure_ascii=False)
    header = stripe.WebhookSignature.generate_signature_header(raw, secret, timestamp=int(at or time.time()))
    return await gateway.client.post("/in/stripe", content=(sent or raw).encode(), headers={"Stripe-Signature": header})


@asynccontextmanager
async def an_api() -> AsyncIterator[tuple[int, list[str]]]:
    """Stripe's API with one subscription, on a port; and the heads of the requests that it got. The first one fails."""
    heads: list[str] = []
    found = of(4, item(price(9_900)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        body = json.dumps(found).encode()
        status = b"503 Busy" if len(heads) == 1 else b"200 OK"
        writer.write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


async def until_known(gateway: RunningGateway, customer: str) -> None:
    """Wait until the gateway resolves a customer: it reads its own aliases back."""
    deadline = time.monotonic() + WITHIN_SECONDS
    ignored = event("customer.subscription.created", of(int(customer[-1])) | {"customer": customer}, at=1)
    while (await post(gateway, ignored)).json()["waiting"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_scores_equal_those_of_the_same_events_in_a_file(settings: Settings, tmp_path: Path) -> None:
    async with an_api() as (port, heads), a_gateway(settings, tmp_path, SOURCES.format(port=port), SECRETS) as gateway:
        for number in (1, 2, 3, 4):
            customer = {"object": "customer", "id": f"cus_{number}", "metadata": {"account_id": f"a{number}"}}
            assert (await post(gateway, event("customer.created", customer))).status_code == 200
        for number in (1, 2, 3, 4):
            await until_known(gateway, f"cus_{number}")
        for body in [*told(), *told()[:3]]:
            answer = await post(gateway, body, secret="whsec_old")
            assert (answer.status_code, answer.json()["accepted"]) == (200, 1), answer.text
        messages = [json.loads(value) for value in await read_all(gateway.settings, "billing")]
        due = scores(canonical(), tmp_path / "file.ndjson")
        assert scores([{"topic": "billing"} | each for each in messages], tmp_path / "topic.ndjson") == due
        assert [due[name][0] is None for name in sorted(due)] == [True, False, False, False]
        assert len(heads) == 2
        assert heads[1].startswith("GET /v1/subscriptions/sub_4?expand[]=discounts&")
        assert "\r\nauthorization: bearer rk_live_1\r\n" in heads[1].lower()


async def test_what_stripe_did_not_sign_now_is_refused(settings: Settings, tmp_path: Path) -> None:
    body = told()[2]
    async with a_gateway(settings, tmp_path, SOURCES.format(port=1), SECRETS) as gateway:
        answers = [
            await post(gateway, body, secret="whsec_other"),
            await post(gateway, body, at=time.time() - 400),
            await post(gateway, body, at=time.time() + 400),
            await post(gateway, body, sent=json.dumps(body)),
            await gateway.client.post("/in/stripe", json=body),
        ]
        assert [(answer.status_code, answer.json()["reason"]) for answer in answers] == [(401, "bad_signature")] * 5
        unreachable = await post(gateway, thin("v1.invoice.paid", "/v1/invoices/in_1"))
        assert (unreachable.status_code, unreachable.json()["reason"]) == (503, "not_fetched")
        assert "retry-after" in unreachable.headers
        assert await read_all(gateway.settings, "billing") == []
