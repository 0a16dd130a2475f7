"""The page that a signed link leads to: what the case is, and a form that acts. No script; everything is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

import msgspec

from alerts import step_words as words
from alerts.case_action import ACTIONS, ActionId, CaseRef, fitting_actions
from alerts.message_text import web_address
from alerts.text import NAME_LIMIT, WORDS_LIMIT, money, plain, points, sentence
from scoring.result import OpenCase, ScoreSnapshot

AUTHOR_LIMIT = 40
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address holds the token: it goes into no cache, no index, and no other site's log."""


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows, as plain text; "" for what is not known. `is_open` is None when that is not known."""

    account: str
    about: str
    state: str = ""
    cause: str = ""
    status: str = ""
    playbook: str = ""
    is_open: bool | None = None
    actions: tuple[ActionId, ...] = ("acknowledge", "snooze_24h", "snooze_7d", "resolve")


def case_view(ref: CaseRef, snapshot: ScoreSnapshot | None) -> CaseView:
    """The case as the read model has it; only its name when that has nothing about the account."""
    account = plain(ref.account, NAME_LIMIT)
    about = plain(ref.rule.replace("_", " "), NAME_LIMIT)
    if snapshot is None:
        return CaseView(account=account, about=about)
    found = next((case for case in snapshot.cases if case.id == ref.case), None)
    state = " · ".join(
        (
            *((f"{plain(snapshot.tier, NAME_LIMIT)}, {points(snapshot.score)}",) if snapshot.score is not None else ()),
            *((f"MRR {money(snapshot.mrr)}",) if snapshot.mrr is not None else ()),
        )
    )
    if found is None:
        return CaseView(account=account, about=about, state=state, is_open=False)
    return CaseView(
        account=account,
        about=about,
        state=state,
        cause=sentence(found.words) if found.words else "",
        status=words.status(found),
        playbook=web_address(found.playbook),
        is_open=True,
        actions=_actions(found),
    )


def _actions(case: OpenCase) -> tuple[ActionId, ...]:
    match case.status:
        case "open" | "escalated" | "acknowledged" | "snoozed":
            return fitting_actions(case.status)
        case _:
            return ()


def case_page(view: CaseView, *, note: str = "", fault: str = "", name: str = "") -> str:
    """The page of a case: `note` says what a person did, `fault` what the form lacks, `name` who fills it in."""
    body = [f"<h1>{_text(view.account)}</h1>", f'<p class="about">{_text(view.about)}</p>']
    if note:
        body.append(f'<p class="note" role="status">{_text(note)}</p>')
    body += [f"<p>{_text(line)}</p>" for line in (view.state, view.cause) if line]
    if view.status and not note:
        body.append(f"<p><strong>{_text(view.status)}</strong></p>")
    if view.is_open is False and not note:
        body.append("<p>It is not among the open cases: it is over, or it has only just begun.</p>")
    if view.playbook:
        body.append(f'<p><a href="{_text(view.playbook)}" rel="noreferrer">Playbook</a></p>')
    if view.actions and not note:
        body.append(_form(view.actions, fault, name))
    return _page(f"{view.account}: {view.about}", body)


def message_page(title: str, text: str) -> str:
    """A page that says one thing."""
    return _page(title, [f"<h1>{_text(title)}</h1>", f"<p>{_text(text)}</p>"])


def _form(actions: Sequence[ActionId], fault: str, name: str) -> str:
    described = ' aria-describedby="fault" aria-invalid="true"' if fault else ""
    complaint = f'<p class="fault" id="fault" role="alert">{_text(fault)}</p>' if fault else ""
    buttons = "".join(
        f'<button name="action" value="{action}"{" class=first" if index == 0 else ""}>{_text(ACTIONS[action].label)}'
        "</button>"
        for index, action in enumerate(actions)
    )
    return (
        f'<form method="post">{complaint}<label for="name">Your name, which the others will see</label>'
        f'<input id="name" name="name" value="{_text(name)}" required maxlength="{AUTHOR_LIMIT}" autocomplete="name"'
        f'{described}><div class="buttons">{buttons}</div></form>'
    )


def _text(text: str) -> str:
    return html.escape(plain(text, 4 * WORDS_LIMIT) if text else "", quote=True)


def _page(title: str, body: Sequence[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{_text(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main>{''.join(body)}</main></body></html>"
    )


_STYLE = """
:root{--back:#f6f7f9;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--act:#0b6b3a;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--back:#0f1216;--card:#191d23;--ink:#e8eaed;--soft:#a3acb8;--line:#3a424d;
--act:#3fb974;--on:#06140c;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:17px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.25rem;background:var(--card);min-height:100vh}
@media(min-width:36rem){main{margin:3rem auto;min-height:0;border:1px solid var(--line);border-radius:12px;
padding:1.75rem 2rem}}
h1{margin:0;font-size:1.6rem;overflow-wrap:anywhere}p{margin:.6rem 0;overflow-wrap:anywhere}
.about{margin-top:.1rem;color:var(--soft)}
.note{padding:.7rem .9rem;border-left:4px solid var(--act);background:var(--back)}.fault{color:var(--bad)}
form{margin-top:1.4rem;padding-top:1.2rem;border-top:1px solid var(--line)}
label{display:block;margin-bottom:.35rem;color:var(--soft);font-size:.95rem}
input{width:100%;padding:.65rem .75rem;border:1px solid var(--soft);border-radius:8px;background:var(--card);
color:var(--ink);font:inherit}
.buttons{display:grid;grid-template-columns:1fr 1fr;gap:.6rem;margin-top:1rem}
button{min-height:48px;padding:.5rem;border:1px solid var(--soft);border-radius:8px;background:var(--card);
color:var(--ink);font:inherit;cursor:pointer}
button.first{background:var(--act);border-color:var(--act);color:var(--on);font-weight:600}
a{color:var(--act)}:focus-visible{outline:3px solid var(--act);outline-offset:2px}
""".replace("\n", "")
