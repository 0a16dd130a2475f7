"""A person sets an account's score for a time, or takes that back."""

from __future__ import annotations

from dashboard.acts.done import Done
from dashboard.acts.ground import Ground, sentence, when
from dashboard.acts.known import Known
from dashboard.doors.identity import Person
from streams.control.messages import EndOverride, InvalidControl, SetOverride
from streams.control.overrides import override_of


class OverrideActs:
    """The override is in the account's answer within a second; the model's own score stays beneath it."""

    def __init__(self, ground: Ground, known: Known) -> None:
        self._ground = ground
        self._known = known

    async def set(self, person: Person, account_id: str, score: float, reason: str, until_ms: int) -> Done:
        """Set a score (0 to 100) until then, exclusive. It is acknowledged by Kafka on return."""
        now_ms = self._ground.now_ms()
        message = SetOverride(
            instant_ms=now_ms,
            account_id=account_id,
            score=score,
            reason=reason.strip(),
            author=person.name,
            until_ms=until_ms,
        )
        try:
            override_of(message, now_ms)
        except InvalidControl as error:
            return Done(outcome="invalid", words=sentence(str(error)))
        return await self._send(person, message, f"{score:g} until {when(until_ms)}", message.reason)

    async def end(self, person: Person, account_id: str) -> Done:
        """End the override of an account; without one, nothing changes."""
        message = EndOverride(instant_ms=self._ground.now_ms(), account_id=account_id, author=person.name)
        return await self._send(person, message)

    async def _send(
        self, person: Person, message: SetOverride | EndOverride, value: str = "", reason: str = ""
    ) -> Done:
        if (unknown := await self._known.missing(message.account_id)) is not None:
            return unknown
        is_set = isinstance(message, SetOverride)

        async def work() -> Done:
            await self._ground.send_control(message)
            words = f"The score is set to {value}." if is_set else "The model's own score holds again."
            return Done(outcome="done", words=words, id=message.account_id)

        act = "override_set" if is_set else "override_end"
        return await self._ground.perform(
            person, act, message.account_id, work, detail=f"{value}: {reason}" if is_set else ""
        )
