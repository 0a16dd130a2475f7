"""Makes the pictures of Slack's messages, of mails, and of the page of a link, for `docs/alerts.md`. Needs Chromium."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from alerts.case_action import ref_of
from scoring.result import OpenCase
from streams.interactions.page import CaseView, case_page, case_view
from tests.builders import a_snapshot
from tests.support.pictures.chromium import picture
from tests.support.pictures.mails import mail_html
from tests.support.pictures.scenes import PEOPLE, case, delivered, digest, storm
from tests.support.pictures.slack_html import message, page

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
WIDTH, PHONE = 680, 390
CHANNEL = "# customer-health"


async def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    steps = case()
    (first,) = await delivered(steps[0])
    _write("slack-first", CHANNEL, message(first, at="10:00", people=PEOPLE))
    edited, *_ = await delivered(*steps[:2])
    _write("slack-edited", CHANNEL, message(edited, at="10:00", people=PEOPLE, below="1 reply"))
    top, *replies = await delivered(*steps)
    shown = [message(top, at="10:00", people=PEOPLE)]
    times = ("11:00", "23 Nov 12:00", "26 Nov 10:00")
    shown += [message(reply, at=at, people=PEOPLE) for reply, at in zip(replies, times, strict=True)]
    _write("slack-thread", "Thread", *shown)
    for name, many, at in (("slack-storm", storm(), "10:04"), ("slack-digest", digest(), "09:00")):
        (only,) = await delivered(many)
        _write(name, CHANNEL, message(only, at=at, people=PEOPLE))
    picture(case_page(_view()), FOLDER / "case-page.png", width=PHONE)
    picture(await mail_html(steps[0]), FOLDER / "mail.png", width=PHONE, colours=160)
    picture(await mail_html(steps[0]), FOLDER / "mail-dark.png", width=PHONE, is_dark=True, colours=160)
    picture(await mail_html(digest()), FOLDER / "mail-digest.png", width=PHONE, colours=160)


def _view() -> CaseView:
    first = case()[0]
    found = OpenCase(
        id=first.case_id,
        rule=first.rule,
        severity=first.severity,
        status="open",
        opened_at=first.opened_at,
        since=first.as_of,
        words=first.words,
        until=first.until,
        playbook=first.playbook,
    )
    snapshot = msgspec.structs.replace(a_snapshot(first.account_id), mrr=first.mrr, cases=(found,))
    return case_view(ref_of(first), snapshot)


def _write(name: str, title: str, *messages: str) -> None:
    picture(page(title, messages), FOLDER / f"{name}.png", width=WIDTH)


if __name__ == "__main__":
    asyncio.run(main())
