"""Messages of Slack as HTML that looks like Slack's own: a channel, or a thread. From the JSON that was posted."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

MARKS = {"🔴": "#e01e5a", "🟡": "#ecb22e", "🔵": "#1d9bd1", "🟢": "#2eb67d"}
_BOX = '<span class="tick">✓</span>'


def page(title: str, messages: Sequence[str]) -> str:
    """A page with one channel or thread."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{_STYLE}</style>'
        f'<body><div class="title">{html.escape(title)}</div>{"".join(messages)}</body></html>'
    )


def message(body: Mapping[str, Any], *, at: str, people: Mapping[str, str], below: str = "") -> str:
    """One message as it stands in the channel. `people` are names by Slack id; `below` is a line such as «1 reply»."""
    blocks = "".join(_block(block, people) for block in body["blocks"])
    broadcast = '<div class="also">replied to a thread</div>' if body.get("reply_broadcast") else ""
    below = f'<div class="below">{html.escape(below)}</div>' if below else ""
    return (
        '<div class="message"><div class="face">V</div><div class="content"><div class="who"><b>Vitals</b>'
        f'<span class="app">APP</span><span class="at">{at}</span></div>{broadcast}{blocks}{below}</div></div>'
    )


def _block(block: Mapping[str, Any], people: Mapping[str, str]) -> str:
    match block["type"]:
        case "header":
            return f'<div class="header">{_marks(html.escape(block["text"]["text"]))}</div>'
        case "section":
            return f'<div class="section">{_mrkdwn(block["text"]["text"], people)}</div>'
        case "actions":
            return f'<div class="actions">{"".join(map(_button, block["elements"]))}</div>'
        case "context":
            return f'<div class="context">{" ".join(_mrkdwn(each["text"], people) for each in block["elements"])}</div>'
    raise ValueError(f"cannot draw a block of type {block['type']}")


def _button(button: Mapping[str, Any]) -> str:
    kind = " primary" if button.get("style") == "primary" else ""
    return f'<span class="button{kind}">{html.escape(button["text"]["text"])}</span>'


def _mrkdwn(text: str, people: Mapping[str, str]) -> str:
    """Slack's markup as HTML. The text is escaped already, as Slack wants it: & < > only."""
    text = re.sub(r"<@(\w+)>", lambda found: f'<span class="mention">@{people.get(found[1], found[1])}</span>', text)
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"<a>\2</a>", text)
    text = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", text)
    lines = [f'<span class="quote">{line[1:]}</span>' if line.startswith(">") else line for line in text.split("\n")]
    return _marks("<br>".join(lines))


def _marks(text: str) -> str:
    """Emoji as shapes: a machine that makes pictures has no font for them."""
    for mark, colour in MARKS.items():
        text = text.replace(mark, f'<span class="dot" style="background:{colour}"></span>')
    return text.replace("✅", _BOX)


_STYLE = """
*{box-sizing:border-box}body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.46 Lato,"Liberation Sans",sans-serif;
padding-bottom:10px}
.title{padding:10px 18px;border-bottom:1px solid #e2e2e2;font-weight:bold}
.message{display:flex;gap:10px;padding:10px 18px 4px}.face{flex:none;width:36px;height:36px;border-radius:6px;
background:#0b6b3a;color:#fff;font-weight:bold;font-size:20px;line-height:36px;text-align:center}
.content{flex:1;min-width:0}
.who{line-height:18px}.app{margin:0 6px;padding:1px 3px;border-radius:2px;background:#e8e8e8;
color:#616061;font-size:10px;font-weight:bold;vertical-align:1px}.at,.context,.also{color:#616061;font-size:12px}
.at{margin-left:2px}.header{margin:6px 0 2px;font-size:18px;font-weight:bold;line-height:1.3}
.section{margin:6px 0;overflow-wrap:anywhere}.actions{display:flex;flex-wrap:wrap;gap:8px;margin:10px 0 8px}
.button{padding:4px 11px;border:1px solid #c9c9ca;border-radius:4px;font-weight:bold;font-size:13.5px}
.primary{border-color:#007a5a;background:#007a5a;color:#fff}.context{margin:4px 0}
.mention{padding:0 2px 1px;border-radius:3px;background:#e8f5fa;color:#1264a3}a{color:#1264a3}
.dot{display:inline-block;width:.82em;height:.82em;margin-right:.12em;border-radius:50%;vertical-align:-.06em}
.tick{display:inline-block;width:1em;height:1em;margin-right:.12em;border-radius:3px;background:#2eb67d;color:#fff;
font-size:.9em;line-height:1.05em;text-align:center}
.quote{display:inline-block;padding-left:8px;border-left:4px solid #ddd}.also{margin:2px 0}
.below{margin:4px 0;color:#1264a3;font-size:13px;font-weight:bold}
"""
