"""How many bytes of Redis an account takes, part by part.

    vitals replay events.ndjson.gz --model default --every 1d --json --output answers.json
    python -m bench.dashboard.memory answers.json --accounts 20000

The answers of each account are folded as the projector folds them. Where they cover less than 400 days, the missing
days are filled by going back over them. Accounts of the file are repeated under other ids until there are enough: each
is packed by itself, so a repetition saves nothing. A Redis is started for it, and stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from scoring.instants import rfc3339
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import HISTORY_DAYS
from streams.read_model.layout import SCORE_KEYS, Keys
from streams.read_model.records.account import Account
from streams.read_model.store import RedisReadModel
from vitals.local.embedded import start_redis

DAY_MS = 86_400_000
CHUNK = 500


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard.memory")
    parser.add_argument("answers", type=Path)
    parser.add_argument("--accounts", type=int, default=20_000)
    given = parser.parse_args()
    answers: dict[str, list[ScoreSnapshot]] = {}
    for each in msgspec.json.decode(given.answers.read_bytes(), type=list[ScoreSnapshot]):
        answers.setdefault(each.account_id, []).append(each)
    lives = [stretched(life) for life in answers.values() if len(life) > 1]
    asyncio.run(_measure(lives, given.accounts))


def stretched(life: Sequence[ScoreSnapshot]) -> list[ScoreSnapshot]:
    """Answers of 400 days and one more, by going to and fro over those of one account, which are a day apart."""
    there_and_back = [*life, *reversed(life[1:-1])]
    first_ms = life[-1].as_of_ms - HISTORY_DAYS * DAY_MS
    return [
        msgspec.structs.replace(
            there_and_back[(day - HISTORY_DAYS - 1 + len(life)) % len(there_and_back)],
            as_of_ms=first_ms + day * DAY_MS,
            as_of=rfc3339(first_ms + day * DAY_MS),
            version=day + 1,
            generation=1,
            norm_as_of="2026-01-01T00:00:00Z",
            applied=(10_000 + day, -1, 400, 300, 20_000),
        )
        for day in range(HISTORY_DAYS + 1)
    ]


async def _measure(lives: Sequence[Sequence[ScoreSnapshot]], count: int) -> None:
    with start_redis() as server:
        redis = Redis.from_url(server.address)
        model = RedisReadModel(redis, Keys("vitals:{bench}:v5:"), address=server.address)
        empty = int((await redis.info("memory"))["used_memory"])
        begun = time.perf_counter()
        for first in range(0, count, CHUNK):
            accounts = {}
            for number in range(first, min(first + CHUNK, count)):
                name = f"account-{number:07d}"
                accounts[name] = _folded(name, lives[number % len(lives)])
            await model.restore(0, accounts)
        print(f"{count:,} accounts of {len(lives)} lives, folded and written in {time.perf_counter() - begun:.0f} s")
        used = int((await redis.info("memory"))["used_memory"]) - empty
        print(f"{'part':<14}{'bytes an account':>18}")
        for name in SCORE_KEYS:
            size = await redis.memory_usage(Keys("vitals:{bench}:v5:").key(name), samples=0) or 0
            print(f"{name:<14}{size / count:>18,.0f}")
        print(f"{'all of Redis':<14}{used / count:>18,.0f}")
        begun, cpu_begun, seen, days = time.perf_counter(), time.process_time(), 0, 0
        async for found in model.scan():
            seen += len(found)
            days += sum(len(each.trend.scores) for each in found)
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        print(
            f"scan of {seen:,} accounts with {days / seen:.0f} days each: {seconds:.1f} s, {cpu_seconds:.1f} s of CPU"
        )
        await model.close()


_FOLDED: dict[int, Account] = {}


def _folded(name: str, life: Sequence[ScoreSnapshot]) -> Account:
    """The account after all of its answers; the closes and movements of a life are folded once."""
    known = _FOLDED.get(id(life))
    if known is None:
        known = _FOLDED[id(life)] = Account()
        for offset, answer in enumerate(life):
            known.take(offset, answer, 0)
    assert known.answer is not None
    answer = msgspec.structs.replace(known.answer, account_id=name)
    return Account(answer, known.closes, known.movements)


if __name__ == "__main__":
    main()
