"""All that the read model and the workspace keep of one account, read at once. Only values."""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.notification import Notification
from alerts.step import AlertStep
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Activity, ForeignId, History, Movement
from streams.workspace.records import Note, Sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One account. `history` ends with the close of yesterday, `movements`, `transitions` and `steps` (of `alerts`) are
    the oldest first."""

    answer: ScoreSnapshot
    history: History = field(default_factory=History)
    movements: tuple[Movement, ...] = ()
    transitions: tuple[Notification, ...] = ()
    activity: Activity = field(default_factory=Activity)
    ids: tuple[ForeignId, ...] = ()
    steps: tuple[AlertStep, ...] = ()
    notes: tuple[Note, ...] = ()
    sentiments: tuple[Sentiment, ...] = ()
