"""How a message is laid out in Slack: blocks around the words of `alerts.message_text`.

Account names cannot trigger mentions: the title is `plain_text`, everything else is escaped and `verbatim`, and names
and links in the fallback text are not parsed. Every block is within Slack's limits for any input.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from alerts.case_action import ACTIONS, offered_actions, ref_of
from alerts.gathered import Gathered
from alerts.message_text import MessageText, Row, message_text, step_text
from alerts.sinks.slack_blocks import (
    URL_LIMIT,
    VALUE_LIMIT,
    Actions,
    Block,
    Button,
    Confirm,
    Context,
    Mrkdwn,
    PlainText,
    SlackMessage,
    escaped,
    link,
    paragraph,
    title,
)
from alerts.step import AlertStep, Severity

MARKS: dict[Severity, str] = {"critical": "🔴", "warning": "🟡", "info": "🔵", "good": "🟢"}
"""Shape and words say the same as the colour: a headline never depends on it."""
OVER = "✅"
OPEN_PAGE, OPEN_PLAYBOOK, OPEN_CASE = "open_page", "open_playbook", "open_case"
_RESOLVE = Confirm(
    title=PlainText("Resolve this case?"),
    text=PlainText("It stays quiet until what it is about has ended and begins again."),
    confirm=PlainText("Resolve"),
    deny=PlainText("Cancel"),
)


def slack_message(message: AlertStep | Gathered, *, case_link: str = "") -> SlackMessage:
    """`message` for a webhook, which cannot be edited. `case_link` is a signed link to act on the case, "" for none."""
    text = message_text(message)
    buttons = link_buttons(text)
    if case_link and len(case_link) <= URL_LIMIT:
        buttons = (Button(PlainText("Acknowledge, snooze …"), OPEN_CASE, url=case_link), *buttons)
    return SlackMessage(text=escaped(text.one_line), blocks=_blocks(text, text.headline, "", buttons))


def case_message(step: AlertStep, mention: str = "", *, cause: str = "") -> SlackMessage:
    """The message of a case as it stands after `step`, with buttons that act on it: what an app posts and then edits.

    `mention` is Slack's markup for the owner, "" for none; `cause` why the case is as it is, for a step that has no
    cause of its own.
    """
    text = step_text(step)
    if not text.cause and not text.is_over:
        text = msgspec.structs.replace(text, cause=cause)
    blocks = _blocks(text, text.state, mention, (*case_buttons(step), *link_buttons(text)))
    return SlackMessage(text=escaped(f"{mark(text)} {text.one_line}"), blocks=blocks)


def thread_message(step: AlertStep, mention: str = "") -> SlackMessage:
    """What happened in `step`, in a line or two, for the case's thread."""
    text = step_text(step)
    why = text.cause if step.reason != "action" else ""
    lines = [f"{mention} " * bool(mention) + f"*{escaped(text.headline)}*", escaped(why), _quoted(text.note)]
    body = paragraph(lines)
    return SlackMessage(text=escaped(text.headline), blocks=(body,) if body else ())


def case_buttons(step: AlertStep) -> tuple[Button, ...]:
    """The buttons that act on the case; none when it is over."""
    value = msgspec.json.encode(ref_of(step)).decode()
    if len(value) > VALUE_LIMIT:
        return ()
    return tuple(
        Button(
            PlainText(ACTIONS[action].label),
            action,
            value=value,
            style="primary" if action == "acknowledge" else "",
            confirm=_RESOLVE if action == "resolve" else None,
        )
        for action in offered_actions(step)
    )


def link_buttons(text: MessageText) -> tuple[Button, ...]:
    """The buttons that open a page, as far as there is one."""
    found = ((OPEN_PAGE, "Open page", text.page), (OPEN_PLAYBOOK, "Playbook", "" if text.is_over else text.playbook))
    return tuple(Button(PlainText(label), action, url=url) for action, label, url in found if url)


def mark(text: MessageText | Row) -> str:
    """The mark of a message or a row: its severity, or that it is over."""
    return OVER if text.is_over else MARKS[text.severity]


def _blocks(text: MessageText, heading: str, mention: str, buttons: Sequence[Button]) -> tuple[Block, ...]:
    status = f"*{escaped(text.status)}*" if text.status else ""
    facts = (("Score", text.score), ("MRR", text.mrr), ("Plan", text.plan), ("Owner", mention or escaped(text.owner)))
    shown = [f"*{name}* {value if name == 'Owner' else escaped(value)}" for name, value in facts if value]
    paragraphs = (
        paragraph([status, escaped(text.cause), " · ".join(shown)]),
        paragraph([f"• {escaped(driver)}" for driver in text.drivers]),
        paragraph([_labelled("If nobody is active", text.forecast), _labelled("Recommended", text.action)]),
        paragraph([escaped(line) for line in text.counts]),
        paragraph([*map(_row, text.rows), f"… and {text.more:,} more accounts" if text.more else ""]),
    )
    small = " · ".join(filter(None, (text.history, text.small_print)))
    return (
        title(f"{mark(text)} {heading}"),
        *(each for each in paragraphs if each is not None),
        *((Actions(tuple(buttons)),) if buttons else ()),
        Context((Mrkdwn(escaped(small)),)),
    )


def _row(row: Row) -> str:
    headline = link(row.page, row.headline) if row.page else escaped(row.headline)
    parts = (headline, row.mrr and f"MRR {row.mrr}", escaped(row.owner))
    return f"{mark(row)} {' · '.join(filter(None, parts))}"


def _labelled(label: str, words: str) -> str:
    return f"*{label}:* {escaped(words)}" if words else ""


def _quoted(note: str) -> str:
    return f">{escaped(note)}" if note else ""
