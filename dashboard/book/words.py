"""What holds an account down, in words: the answers of the rows that somebody looks at, and their explanations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np

from dashboard.book.book import Book
from scoring.explain.explainer import Explainer
from scoring.result import ScoreSnapshot
from scoring.texts import Explanation

SHORT = 38
"""Characters of a cause in the list."""
KEPT = 4_000
"""How many accounts' explanations are kept."""


class Words:
    """Explanations by account, made once for each answer. Mutable; the oldest go first."""

    def __init__(self) -> None:
        self._models: dict[str, bytes] = {}
        self.explainer = Explainer(self._models)
        self._made: OrderedDict[str, tuple[tuple[int, int], ScoreSnapshot, Explanation]] = OrderedDict()

    @property
    def models(self) -> Mapping[str, bytes]:
        """The models that are known, by key, as JSON."""
        return self._models

    def learn(self, models: Mapping[str, bytes]) -> bool:
        """Know these models too; True when one of them is new."""
        new = {key: value for key, value in models.items() if self._models.get(key) != value}
        if new:
            self._models = {**self._models, **new}
            self.explainer = Explainer(self._models)
            self._made.clear()
        return bool(new)

    def labels(self, book: Book) -> dict[str, str]:
        """The labels of components by name, of the models behind the scores of the book."""
        texts = book.table.texts["model"]
        found: dict[str, str] = {}
        for code in np.unique(book.table.codes("model")):
            name, _, version = texts[int(code)].rpartition("@")
            plan = self.explainer.plan(name, int(version)) if version.isdigit() else None
            if plan is not None:
                found |= {each.name: each.label for each in plan.primary.components}
        return found

    def signals(self, name: str, version: int) -> dict[str, str]:
        """The labels of the model's signals by name."""
        plan = self.explainer.plan(name, version)
        return {} if plan is None else {name: each.label for name, each in plan.primary.signals.items()}

    def answer(self, account_id: str, position: tuple[int, int]) -> tuple[ScoreSnapshot, Explanation] | None:
        """The answer at this (generation, version) with its explanation; None when it is not kept."""
        made = self._made.get(account_id)
        return (made[1], made[2]) if made is not None and made[0] == position else None

    def last(self, account_id: str) -> tuple[ScoreSnapshot, Explanation] | None:
        """The last answer that is kept, however old."""
        made = self._made.get(account_id)
        return None if made is None else (made[1], made[2])

    def keep(self, answer: ScoreSnapshot) -> Explanation:
        """Explain an answer, and keep both."""
        explanation = self.explainer.explain_anyway(answer)
        self._made[answer.account_id] = ((answer.generation, answer.version), answer, explanation)
        self._made.move_to_end(answer.account_id)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return explanation


def top_risk(explanation: Explanation) -> str:
    """The words of the component that costs the most points, or of why there is no score; "" for neither."""
    if explanation.unscored:
        return explanation.unscored
    if not explanation.drivers:
        return ""
    worst = explanation.drivers[0]
    return worst.words or worst.label


def shortened(text: str, limit: int = SHORT) -> str:
    """`text` in at most `limit` characters: its first clauses where they say enough, else cut after a word.

    >>> shortened("14 of 220 seats active in 14 days; 31 a month ago")
    '14 of 220 seats active in 14 days'
    >>> shortened("payment failed for the third time within thirty days")
    'payment failed for the third time…'
    """
    if len(text) <= limit:
        return text
    for end in ("; ", ", ", " ("):
        clause = text[: text.rfind(end, 0, limit + 1)] if end in text[: limit + 1] else ""
        if len(clause) >= limit // 2:
            return clause
    cut = text[: limit - 1]
    words = cut if text[limit - 1] == " " else cut.rpartition(" ")[0]
    return f"{(words if len(words) >= limit // 2 else cut).rstrip(' ,;:(–')}…"
