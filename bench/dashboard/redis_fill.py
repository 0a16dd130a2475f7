"""Fills a Redis with a book of any size: the bytes that the projector writes, in bulk.

    vitals replay events.ndjson --model default --every 1d --json --output answers.json
    python -m bench.dashboard.redis_fill answers.json --redis redis://127.0.0.1:6379/0 --accounts 10000

The answers of each account of the file are folded into 400 closes and their movements, as in `bench.dashboard.memory`.
Every account is one of these, with an id, a score and an MRR of its own. Closes and movements are those of the one that
it is like. Its activity is one of 5,000: a name, an owner, a segment, a renewal date, 20 features, 40 notable events.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
from redis import Redis

from bench.dashboard.memory import stretched
from scoring.instants import DAY_MS, rfc3339
from scoring.model.extension import preset
from scoring.model.loader import load_model
from scoring.model.model_json import encode_model, model_key
from scoring.result import ScoreSnapshot
from streams.activity.account import AccountActivity
from streams.activity.kept import NotableEvent
from streams.deployment.settings import Settings
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.packed import group_text, member, pack_movements
from streams.read_model.layout import Keys, root_of
from streams.read_model.port import group_of
from streams.read_model.records.account import Account

GROUP = "bench"
AT_ONCE = 1_000
ACTIVITIES = 5_000
WORDS = ("North", "Halverson", "Quill", "Silver", "Moss", "Rook", "Vale", "Drift", "Pell", "Wren", "Ash", "Larkhaven")
FEATURES = tuple(
    f"{verb}_{noun}" for verb in ("opened", "shared", "made", "sent") for noun in ("a", "b", "c", "d", "e")
)


class Pattern(NamedTuple):
    """What accounts that are like this one have in common, and the bytes of what they share."""

    answer: ScoreSnapshot
    closes: bytes
    movements: bytes


def keys_of_the_bench() -> Keys:
    """Where it is written."""
    return Keys(root_of(Settings(group=GROUP)))


def account_id(number: int) -> str:
    """The id of this account of the book."""
    return f"account-{number:07d}"


def patterns(answers: Path) -> list[Pattern]:
    """One of each account of the file that has a score."""
    lives: dict[str, list[ScoreSnapshot]] = {}
    for each in msgspec.json.decode(answers.read_bytes(), type=list[ScoreSnapshot]):
        lives.setdefault(each.account_id, []).append(each)
    found = []
    for life in lives.values():
        if len(life) > 1 and life[-1].score is not None:
            account = Account()
            for offset, answer in enumerate(stretched(life)):
                account.take(offset, answer, 0)
            assert account.answer is not None
            found.append(Pattern(account.answer, account.closes.pack(), pack_movements(account)))
    return found


def activity(chance: random.Random, number: int, now_ms: int) -> bytes:
    """The activity of an account of chance."""
    made = AccountActivity()
    for feature in FEATURES:
        for week in range(13):
            for _ in range(chance.randrange(3)):
                made.count(0, 0, feature, now_ms - week * 7 * DAY_MS - chance.randrange(7 * DAY_MS))
    name = f"{chance.choice(WORDS)} {chance.choice(WORDS)} {number}"
    renewal = rfc3339(now_ms + chance.randrange(365) * DAY_MS)[:10]
    for trait, value in (
        ("name", name),
        ("owner", f"Owner {number % 60}"),
        ("segment", f"Segment {number % 4}"),
        ("industry", f"Industry {number % 15}"),
        ("region", f"Region {number % 12}"),
        ("renewal_date", renewal),
        ("seats", float(chance.randrange(500))),
        ("beta", number % 3 == 0),
    ):
        made.say(trait, value, now_ms - chance.randrange(300 * DAY_MS))
    for place in range(40):
        at_ms = now_ms - chance.randrange(300 * DAY_MS)
        words = f"CSAT {chance.randrange(1, 6)}" if place % 4 == 0 else f"Ticket about {chance.choice(FEATURES)}"
        made.note(NotableEvent(at_ms, 3, "csat" if place % 4 == 0 else "support_ticket_opened", f"e{place}", words))
    return made.to_bytes()


def write(address: str, shared: list[Pattern], bodies: list[bytes], first: int, until: int) -> Counter[str]:
    """Write accounts [`first`, `until`). How many are in each group."""
    keys, redis, dictionaries = keys_of_the_bench(), Redis.from_url(address), Dictionaries()
    used: dict[bytes, bytes] = {}
    groups: Counter[str] = Counter()
    chance = random.Random(first)
    for begin in range(first, until, AT_ONCE):
        answers: dict[str, bytes] = {}
        closes: dict[str, bytes] = {}
        movements: dict[str, bytes] = {}
        activities: dict[str, bytes] = {}
        members: dict[bytes, float] = {}
        for number in range(begin, min(begin + AT_ONCE, until)):
            pattern, name = shared[number % len(shared)], account_id(number)
            assert pattern.answer.score is not None
            answer = msgspec.structs.replace(
                pattern.answer,
                account_id=name,
                score=min(100.0, max(0.0, pattern.answer.score + chance.uniform(-0.5, 0.5))),
                mrr=float(round(chance.lognormvariate(6.5, 1.2))),
                applied=(number, -1, 400, 300, 20_000),
            )
            answers[name] = dictionaries.pack(answer, used)
            closes[name], movements[name] = pattern.closes, pattern.movements
            activities[name] = bodies[number % len(bodies)]
            members[member(answer)] = 0.0
            groups[group_text(group_of(answer))] += 1
        with redis.pipeline(transaction=False) as pipe:
            pipe.hset(keys.key("answers"), mapping=answers)  # type: ignore[arg-type]
            pipe.hset(keys.key("histories"), mapping=closes)  # type: ignore[arg-type]
            pipe.hset(keys.key("movements"), mapping=movements)  # type: ignore[arg-type]
            pipe.hset(keys.key("activity"), mapping=activities)  # type: ignore[arg-type]
            pipe.zadd(keys.key("by_tier"), members)
            pipe.execute()
    redis.hset(keys.key("dictionaries"), mapping=used)  # type: ignore[arg-type]
    redis.close()
    return groups


def fill(address: str, answers: Path, accounts: int, processes: int = 2) -> None:
    """Write the whole book, and what is counted and kept beside it; prints what it took."""
    begun = time.monotonic()
    shared = patterns(answers)
    now_ms = max(each.answer.as_of_ms for each in shared)
    chance = random.Random(14)
    bodies = [activity(chance, number, now_ms) for number in range(min(ACTIVITIES, accounts))]
    print(f"{len(shared)} patterns and {len(bodies)} activities after {time.monotonic() - begun:.0f} s", flush=True)
    bounds = [accounts * place // processes for place in range(processes + 1)]
    groups: Counter[str] = Counter()
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        parts = [pool.submit(write, address, shared, bodies, first, until) for first, until in pairwise(bounds)]
        for part in parts:
            groups += part.result()
    keys, redis = keys_of_the_bench(), Redis.from_url(address)
    model = load_model(preset(shared[0].answer.model))
    redis.hset(keys.key("models"), model_key(model.name, model.version), encode_model(model))
    redis.hset(keys.key("tiers"), mapping=dict(groups))  # type: ignore[arg-type]
    dictionaries = redis.hlen(keys.key("dictionaries"))
    redis.hset(keys.key("progress"), mapping={"0": 1, "accounts": accounts, "dictionaries": str(dictionaries)})
    redis.hset(keys.key("activity_progress"), mapping={"size=1": accounts})
    used_mb = int(redis.info("memory")["used_memory"]) / 1e6
    took = time.monotonic() - begun
    print(f"{accounts:,} accounts in {took:.0f} s; {used_mb:,.0f} MB of Redis, {1e6 * used_mb / accounts:,.0f} B each")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard.redis_fill")
    parser.add_argument("answers", type=Path)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--accounts", type=int, default=10_000)
    given = parser.parse_args()
    fill(given.redis, given.answers, given.accounts)


if __name__ == "__main__":
    main()
