"""Whether there is an account, before something is done to it."""

from __future__ import annotations

from dashboard.acts.done import Done
from dashboard.acts.ground import sentence
from dashboard.queries.port import Queries
from streams.read_model.port import ReadModelUnavailable


class Known:
    """Asks the book. An account that is there a second later is not known yet."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def missing(self, account_id: str) -> Done | None:
        """None when there is such an account; else what to say."""
        try:
            found = await self._queries.rows((account_id,))
        except ReadModelUnavailable as error:
            return Done(outcome="failed", words=sentence(f"the account could not be looked up: {error}"))
        return None if found else Done(outcome="unknown", words="There is no such account, or it was forgotten.")
