"""The sample's events after its history: a script, and the async generator that plays it.

Live is denser than life: one minute holds what a working day of these accounts would, so that scores move while
someone watches. The script is pure and endless; `live` gives its events the times at which they are played.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

from vitals.local.sample_accounts import SampleAccount, Story
from vitals.local.sample_events import (
    Draft,
    SampleEvent,
    billing,
    error,
    sample_event,
    survey,
    ticket_opened,
    ticket_resolved,
    usage,
)

Cue = tuple[float, Draft]
"""(seconds after the beginning of the scene, or, from `script`, of the live part; what happens)."""
Episode = Callable[[SampleAccount, random.Random], Iterator[Cue]]

SCENE_SECONDS = 75.0
BACKGROUND_A_SECOND = 4.0
_ERROR_SHARE = 0.004
_GONE = (Story.CANCELLED, Story.UNUSED)
"""They have no score, and nobody of them uses the product."""
_QUIET = {
    **dict.fromkeys((Story.SILENT, Story.LAPSED, Story.RECOVERING, *_GONE), 0.0),
    Story.DECLINING: 0.1,
}


def script(book: Sequence[SampleAccount], seed: int) -> Iterator[Cue]:
    """Everything that happens, ordered by time and without end; the same book and seed give the same script.

    In the first scene an error storm, a comeback and a run of tickets happen to the accounts that have these stories.
    Each later scene has one of them, for a random account.
    """
    for number in itertools.count():
        rng = random.Random(f"{seed} scene {number}")
        cues = _scene(book, number, rng)
        for at, draft in sorted(cues, key=lambda cue: cue[0]):
            yield number * SCENE_SECONDS + at, draft


async def live(
    book: Sequence[SampleAccount],
    seed: int,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> AsyncGenerator[SampleEvent, None]:
    """The script's events, each when it is due and with that time; never ends. Sleeps in between.

    A slow consumer gets overdue events at once.
    """
    began = time.monotonic()
    for number, (due, draft) in enumerate(script(book, seed)):
        if (wait := began + due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        yield sample_event(draft, now_ms(), number)


def _scene(book: Sequence[SampleAccount], number: int, rng: random.Random) -> list[Cue]:
    episodes = _opening(book) if number == 0 else [_later(book, number, rng)]
    # An account in trouble gets no other events, so that its score falls without going back and forth at a tier bound.
    busy = {account.account_id for _, account in episodes}
    cues = list(_background([account for account in book if account.account_id not in busy], rng))
    for episode, account in episodes:
        cues += episode(account, rng)
    return cues


def _opening(book: Sequence[SampleAccount]) -> list[tuple[Episode, SampleAccount]]:
    episodes = {Story.STORM: _storm, Story.RECOVERING: _comeback, Story.TICKETS: _tickets}
    found = {account.story: account for account in reversed(book)}
    return [(episode, found[story]) for story, episode in episodes.items() if story in found]


def _later(book: Sequence[SampleAccount], number: int, rng: random.Random) -> tuple[Episode, SampleAccount]:
    episode = (_storm, _comeback, _tickets)[number % 3]
    comes_back = episode is _comeback
    content = (Story.STEADY, Story.GROWING)
    there = [account for account in book if account.story not in _GONE]
    candidates = [account for account in there if (account.story not in content) == comes_back]
    return episode, rng.choice(candidates or there or book)


def _background(accounts: Sequence[SampleAccount], rng: random.Random) -> Iterator[Cue]:
    """Everyday use of the product by active accounts."""
    weights = [account.events_a_day * _QUIET.get(account.story, 1.0) for account in accounts]
    if not any(weights):
        return
    for account in rng.choices(accounts, weights, k=int(SCENE_SECONDS * BACKGROUND_A_SECOND)):
        yield rng.uniform(0, SCENE_SECONDS), usage(account, rng)
        if rng.random() < _ERROR_SHARE:
            yield rng.uniform(0, SCENE_SECONDS), error(account, rng)


def _storm(account: SampleAccount, rng: random.Random) -> Iterator[Cue]:
    """Errors, in the end a good third of two weeks' usage, and the tickets that they cause."""
    for _ in range(_bounded(3.5 * account.events_a_day)):
        yield rng.uniform(3, 70), error(account, rng)
    for number, second in enumerate((12, 20, 29, 38, 46, 58)):
        yield second, ticket_opened(account, f"storm-{rng.randrange(10**6)}-{number}", "high")
    yield 42, survey(account, 3)


def _comeback(account: SampleAccount, rng: random.Random) -> Iterator[Cue]:
    """Everyone is back, the invoice is paid and the last ticket is resolved."""
    for _ in range(_bounded(10 * account.events_a_day)):
        yield rng.uniform(2, SCENE_SECONDS), usage(account, rng)
    yield 20, billing(account, "invoice_paid")
    yield 25, ticket_resolved(account, f"comeback-{rng.randrange(10**6)}", 5)
    yield 30, survey(account, 9)


def _tickets(account: SampleAccount, rng: random.Random) -> Iterator[Cue]:
    """One ticket after another, an unhappy survey answer, and failed payments."""
    for number, second in enumerate(range(8, 62, 6)):
        severity = rng.choice(("normal", "high"))
        yield second, ticket_opened(account, f"wave-{rng.randrange(10**6)}-{number}", severity)
    yield 33, survey(account, 0)
    for second in (45, 60):
        yield second, billing(account, "payment_failed")


def _bounded(events: float) -> int:
    """How many events of one account a scene has: enough to be seen, few enough for a laptop."""
    return int(min(300.0, max(40.0, events)))
