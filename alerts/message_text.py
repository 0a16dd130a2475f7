"""A message in words: what an alert step, or many of them, say to people. Pure.

One place for all words: sinks only mark them up. Every text is plain (`alerts.text.plain`) and not yet escaped for any
markup. A message is short enough for a phone: a headline of at most 80 characters, a body of at most eight lines.
"""

from __future__ import annotations

import re

import msgspec

from alerts import gathered_words
from alerts import step_words as words
from alerts.case_action import FLEET_KIND
from alerts.gathered import Gathered
from alerts.step import AlertStep, Severity
from alerts.text import NAME_LIMIT, WORDS_LIMIT, money, plain, sentence, signed
from scoring.result import Driver

DRIVERS = 3
DRIVER_LIMIT = 120
LINK_LIMIT = 1_000
_WEB = re.compile(r"https?://[^\s<>\"|\\^`{}]+", re.IGNORECASE)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One step within a message about many: its headline, MRR and owner, "" when unknown, and the page, "" for none."""

    severity: Severity
    headline: str
    is_over: bool = False
    mrr: str = ""
    owner: str = ""
    page: str = ""


class MessageText(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says. An empty text is left out.

    `headline` says what happened, `state` how the case stands now, for a message that is edited in place; they are
    equal but for what people do. `status` says who has the case in hand, `history` what came before. `tiers`, `score`
    are both values, old and new. `cause` is one sentence, `drivers` up to three. `forecast` is the next tier if nobody
    is active. `action` is what is recommended; `playbook` and `page` are web addresses. `note` is what a person wrote.

    Of a message about many: `counts` are lines of numbers, `rows` the steps that matter most by MRR, `more` how many
    are left out.
    """

    severity: Severity
    headline: str
    state: str
    is_over: bool = False
    account_id: str = ""
    status: str = ""
    cause: str = ""
    tiers: str = ""
    score: str = ""
    drivers: tuple[str, ...] = ()
    mrr: str = ""
    plan: str = ""
    owner: str = ""
    forecast: str = ""
    action: str = ""
    note: str = ""
    playbook: str = ""
    page: str = ""
    history: str = ""
    small_print: str = ""
    counts: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0

    @property
    def facts(self) -> str:
        """Score, MRR, plan and owner on one line."""
        parts = (
            self.score and f"Score {self.score}",
            self.mrr and f"MRR {self.mrr}",
            self.plan and f"plan {self.plan}",
            self.owner and f"owner {self.owner}",
        )
        return " · ".join(filter(None, parts))

    @property
    def lines(self) -> tuple[str, ...]:
        """The body as at most eight lines of plain text; of a message about many, one line more for each of `rows`."""
        single = (
            self.status,
            self.cause or (self.note and f"Note: {self.note}"),
            self.facts,
            *(f"• {driver}" for driver in self.drivers),
            self.forecast and f"If nobody is active: {self.forecast}",
            self.action and f"Recommended: {self.action}",
        )
        rows = (row_text(row) for row in self.rows)
        rest = (f"… and {self.more:,} more accounts",) if self.more else ()
        return tuple(filter(None, (*single, *self.counts, *rows, *rest)))

    @property
    def one_line(self) -> str:
        """Headline, cause and facts as one line, for a terminal, a notification or a subject's preview."""
        parts = (f"{self.headline}.", self.cause, *(f"{text}." for text in (*self.counts, self.facts) if text))
        return " ".join(filter(None, parts))


def message_text(message: AlertStep | Gathered) -> MessageText:
    """What a message says."""
    return step_text(message) if isinstance(message, AlertStep) else gathered_text(message)


def step_text(step: AlertStep) -> MessageText:
    """What one step says."""
    is_over = step.status in words.OVER
    return MessageText(
        severity=step.severity,
        headline=words.headline(step),
        state=words.present_state(step),
        is_over=is_over,
        account_id=plain(step.account_id, NAME_LIMIT),
        status="" if step.rule_kind == FLEET_KIND and step.status == "open" else words.status(step),
        cause=words.why(step),
        tiers=words.tiers(step),
        score=words.score(step),
        drivers=() if is_over else tuple(driver_words(driver) for driver in step.drivers[:DRIVERS]),
        mrr="" if step.mrr is None else money(step.mrr),
        plan=plain(step.plan, words.PERSON_LIMIT) if step.plan else "",
        owner=words.person(step.traits.get("owner", "")),
        forecast=words.forecast(step),
        action=sentence(step.action) if step.action and not is_over else "",
        note=plain(step.note, WORDS_LIMIT) if step.note else "",
        playbook=web_address(step.playbook),
        page=web_address(step.page),
        history=words.history(step),
        small_print=plain(f"{words.moment(step.as_of)} · rule {step.rule} · {step.id[:8]}", WORDS_LIMIT),
    )


def gathered_text(gathered: Gathered) -> MessageText:
    """What one message about many steps says."""
    headline = gathered_words.headline(gathered)
    return MessageText(
        severity=gathered_words.severity(gathered),
        headline=headline,
        state=headline,
        counts=gathered_words.counts(gathered),
        rows=tuple(row_of(step) for step in gathered.top),
        more=gathered.left_out,
        small_print=plain(f"{gathered_words.period(gathered)} · {gathered.id[:8]}", WORDS_LIMIT),
    )


def driver_words(driver: Driver) -> str:
    """What lowers the score, and by how many points: "Usage −20.5: no login in 15 days"."""
    loss = f"{plain(driver.label, NAME_LIMIT)} {signed(-driver.lost)}"
    return plain(f"{loss}: {driver.words}" if driver.words else loss, DRIVER_LIMIT)


def row_of(step: AlertStep) -> Row:
    """One step as a line of a message about many."""
    return Row(
        severity="good" if step.status in words.OVER else step.severity,
        headline=words.headline(step),
        is_over=step.status in words.OVER,
        mrr="" if step.mrr is None else money(step.mrr),
        owner=words.person(step.traits.get("owner", "")),
        page=web_address(step.page),
    )


def row_text(row: Row) -> str:
    """A row as one line: "acme fell from green to red: 41.2 (−37.2) · MRR 5,000"."""
    return " · ".join(filter(None, (row.headline, row.mrr and f"MRR {row.mrr}", row.owner)))


def web_address(url: str) -> str:
    """`url` if it is one of the web that every medium can link to; else "".

    >>> web_address("https://vitals.example/a/acme"), web_address("javascript:alert(1)")
    ('https://vitals.example/a/acme', '')
    """
    return url if len(url) <= LINK_LIMIT and _WEB.fullmatch(url) else ""
