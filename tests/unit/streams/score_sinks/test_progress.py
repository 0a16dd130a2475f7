"""Which offsets a writer commits."""

from __future__ import annotations

from aiokafka import TopicPartition

from streams.score_sinks.progress import COMMIT_SECONDS, Progress

TP = TopicPartition("scores", 0)


class Commits:
    def __init__(self) -> None:
        self.made: list[int] = []
        self.is_refused = False

    async def __call__(self, offsets: dict[TopicPartition, int]) -> bool:
        self.made.append(offsets[TP])
        return not self.is_refused


async def test_what_waits_is_not_passed() -> None:
    commits = Commits()
    progress = Progress(commits)
    progress.passed(TP, 100)
    await progress.commit(lambda _: 40, 0.0)
    await progress.commit(lambda _: 90, COMMIT_SECONDS)
    await progress.commit(lambda _: None, 2 * COMMIT_SECONDS)
    assert commits.made == [40, 90, 100]


async def test_commits_are_five_seconds_apart_and_only_when_there_is_news() -> None:
    commits = Commits()
    progress = Progress(commits)
    progress.passed(TP, 10)
    await progress.commit(lambda _: None, 0.0)
    progress.passed(TP, 20)
    await progress.commit(lambda _: None, COMMIT_SECONDS - 0.1)
    await progress.commit(lambda _: None, COMMIT_SECONDS)
    await progress.commit(lambda _: None, 9 * COMMIT_SECONDS)
    assert commits.made == [10, 20]


async def test_a_commit_that_kafka_did_not_take_is_made_again() -> None:
    commits = Commits()
    progress = Progress(commits)
    progress.passed(TP, 10)
    commits.is_refused = True
    await progress.commit(lambda _: None, 0.0)
    commits.is_refused = False
    await progress.commit(lambda _: None, COMMIT_SECONDS)
    assert commits.made == [10, 10]


async def test_after_a_rebalance_nothing_is_committed_until_something_is_read() -> None:
    commits = Commits()
    progress = Progress(commits)
    progress.passed(TP, 10)
    progress.clear()
    await progress.commit(lambda _: None, 0.0)
    assert commits.made == []
