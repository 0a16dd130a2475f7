"""What a person is told, and where."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import AlertRules, Header, SlackAppSink
from alerts.sinks.http import http_client
from streams.interactions.answers import Answers
from tests.support.fake_slack import FakeSlack, Reply


def rules(api: str, *, allow_private: bool) -> AlertRules:
    app = SlackAppSink(token_secret="VITALS_SECRET_BOT", channel="C1", api=api, allow_private=allow_private)
    return AlertRules(header=Header(name="x"), rules={}, routes={}, sinks={"app": app})


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://hooks.slack.com/actions/T0/1/x", True),
        ("https://slack.com/x", True),
        ("http://hooks.slack.com/actions", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://user@evil.example#hooks.slack.com", False),
        ("http://169.254.169.254/latest", False),
        ("", False),
    ],
)
def test_only_slack_is_an_address_to_answer_at(url: str, may: bool) -> None:
    assert Answers(rules("https://slack.com/api", allow_private=False)).may_be_told(url) == may


async def test_what_is_told_is_for_this_person_alone_and_escaped() -> None:
    with FakeSlack() as slack:
        answers = Answers(rules(slack.url, allow_private=True))
        async with http_client() as client:
            await answers.tell(client, slack.url, "<!channel> was first")
    (post,) = slack.posts
    assert post.json() == {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": "&lt;!channel&gt; was first",
    }


@pytest.mark.parametrize("reply", [Reply(500), Reply(404), Reply(hangs_up=True)])
async def test_who_cannot_be_told_is_not_an_error(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    with FakeSlack(reply) as slack:
        async with http_client() as client:
            await Answers(rules(slack.url, allow_private=True)).tell(client, slack.url, "x")
            await Answers(rules(slack.url, allow_private=False)).tell(client, slack.url, "x")
    assert len(slack.posts) == 1
    assert "secret" not in caplog.text
