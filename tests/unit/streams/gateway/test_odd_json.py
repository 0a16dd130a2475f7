"""JSON at the edge of what can be read, to the source of every kind: an answer in words, and never an error of ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams.dead_letters.source_gate import Unwritten
from streams.deployment.settings import Settings
from streams.gateway.answers import Problem
from streams.gateway.checking import Checker
from streams.gateway.pipeline import Pipeline
from streams.gateway.reading import Request
from streams.gateway.sources.loader import load_sources
from streams.gateway.sources.ready import ready_sources
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias_table import AliasTable

NOW_MS = 1_772_359_200_000
GENERIC = 'account = [{pointer = "/account_id"}]\nmap = {name = "x", id = "/id", properties = "/data"}\n'
FRAMES: dict[str, str] = {
    "cloudevents": '{"specversion":"1.0","id":"e","source":"/s","type":"t","partitionkey":"a","data":%s}',
    "standard-webhooks": '{"type":"x","timestamp":1772359200,"account_id":"a","data":%s}',
    "generic": '{"id":1,"account_id":"a","data":%s}',
    "vitals": '{"topic":"analytics","account_id":"a","event":"x","timestamp":1772359200,"properties":%s}',
    "segment": '{"type":"track","event":"x","userId":"u","context":{"groupId":"a"},"properties":%s}',
    "posthog": '{"event":"x","distinct_id":"u","properties":{"$groups":{"company":"a"},"p":%s}}',
}
ODD = {
    **{f"{depth} deep": '{"a":' * depth + "1" + "}" * depth for depth in (400, 900, 960, 985, 990, 1_000, 100_000)},
    "a huge whole number": '{"a":%s}' % ("9" * 5_000),
    "a large whole number": '{"a":-%s}' % ("9" * 30),
    "an endless number": '{"a":1e999}',
    "no number": '{"a":NaN}',
    "a lone surrogate": '{"a":"\\ud800"}',
    "a name that is a lone surrogate": '{"\\udfff":1}',
}


def a_pipeline() -> Pipeline:
    return Pipeline(Checker(Settings(), {}, AliasTable()), Unwritten())


@pytest.mark.parametrize("kind", list(VENDORS))
async def test_odd_json_is_taken_or_refused_in_words(kind: str) -> None:
    more = GENERIC if kind == "generic" else ""
    (ready,) = ready_sources(load_sources(f'[sources.it]\nkind = "{kind}"\ninsecure = true\n{more}'), {}).values()
    frame = FRAMES.get(kind, '{"type":"x","id":"1","data":{"object":%s},"detail":{}}')
    for name, odd in ODD.items():
        for body in (frame % odd, f"[{frame % odd}]", odd):
            await answered(ready, body.encode(), name)


async def test_odd_json_on_the_paths_of_agentry() -> None:
    (ready,) = ready_sources(load_sources('[sources.it]\nkind = "vitals"\ninsecure = true\n'), {}).values()
    for name, odd in ODD.items():
        await answered(ready, b'{"account_id":"a","message":"x","tags":%s}' % odd.encode(), name, "/v1/logs/p/")
        await answered(ready, (FRAMES["vitals"] % odd).encode(), name, "/v1/analytics/p/")


async def answered(ready: Any, body: bytes, name: str, path: str = "/in/it") -> None:
    headers = {"content-type": "application/json"}
    request = Request(name="it", source=ready.source, body=body, headers=headers, path=path, received_ms=NOW_MS)
    status = 0
    try:
        status = (await a_pipeline().take(ready, request, asyncio.get_running_loop().time() + 60)).reply.status
    except Problem as problem:
        status = problem.status
    assert status in (200, 400, 413, 422), name
