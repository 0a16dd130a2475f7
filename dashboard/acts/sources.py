"""What people do about inputs: send a dead letter again, say whose a foreign id is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from aiokafka import AIOKafkaProducer

from dashboard.acts.done import Done
from dashboard.acts.ground import Ground, sentence
from dashboard.acts.known import Known
from dashboard.doors.identity import Person
from scoring.event.ids import text_id
from streams.dead_letters.entry import LetterId, letter_id
from streams.dead_letters.reading import Wanted, each_letter
from streams.dead_letters.replaying import Outcome, replay
from streams.dead_letters.source_gate import GatewayGate
from streams.errors import UserError
from streams.identity.alias import ACCOUNT, ID_MAX_CHARACTERS, Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.topics import ALIASES

REPLAY_SECONDS: Final = 60.0


class SourceActs:
    """`environment` is what the gateway's sources may name; no secret of them is needed."""

    def __init__(
        self, ground: Ground, known: Known, producer: AIOKafkaProducer, environment: Mapping[str, str]
    ) -> None:
        self._ground = ground
        self._known = known
        self._producer = producer
        self._environment = environment
        self._one = asyncio.Lock()

    async def replay(self, person: Person, letter: str) -> Done:
        """Send a dead letter (its id is like «0:17») again. It reads the whole topic, one replay at a time."""
        try:
            found = letter_id(letter)
        except ValueError as error:
            return Done(outcome="invalid", words=sentence(str(error)))

        async def work() -> Done:
            try:
                async with asyncio.timeout(REPLAY_SECONDS), self._one:
                    outcomes = await self._replayed(person, found)
            except TimeoutError:
                return Done(outcome="failed", words="It took too long: try `vitals dead-letters replay`.")
            except UserError as error:
                return Done(outcome="failed", words=str(error))
            return _done(outcomes, letter)

        return await self._ground.perform(person, "dead_letter_replay", letter, work, needs="admin")

    async def _replayed(self, person: Person, letter: LetterId) -> list[Outcome]:
        settings = self._ground.settings
        wanted = Wanted(ids=frozenset((letter,)))
        async with (
            GatewayGate(settings, self._environment) as gate,
            aclosing(each_letter(settings, wanted)) as letters,
        ):
            return await replay(settings, letters, gate, author=person.name, producer=self._producer)

    async def attribute(self, person: Person, kind: str, foreign_id: str, account_id: str) -> Done:
        """Say that an id of another system belongs to an account. Events that wait for it follow within seconds."""
        start = ForeignId(kind.strip(), text_id(foreign_id))
        if not 0 < len(start.kind) <= ID_MAX_CHARACTERS or start.kind == ACCOUNT or "\0" in start.kind:
            return Done(
                outcome="invalid", words=f"A kind has 1 to {ID_MAX_CHARACTERS} characters, like stripe.customer."
            )
        if not 0 < len(start.id) <= ID_MAX_CHARACTERS or "\0" in start.id:
            return Done(outcome="invalid", words=f"An id has 1 to {ID_MAX_CHARACTERS} characters.")
        if (unknown := await self._known.missing(account_id)) is not None:
            return unknown
        alias = Alias(
            kind=start.kind,
            id=start.id,
            to=ForeignId(ACCOUNT, account_id),
            by="person",
            author=person.name,
            reason="on the dashboard",
            at_ms=self._ground.now_ms(),
        )

        async def work() -> Done:
            name = self._ground.settings.topic(ALIASES)
            await self._ground.sending.send(name, encode_alias(alias), key=alias_key(alias.kind, alias.id, alias.by))
            return Done(outcome="done", words=f"{start.kind} {start.id} belongs to {account_id} from now on.")

        target = f"{start.kind} {start.id}"
        return await self._ground.perform(person, "attribute", target, work, detail=f"account {account_id}")


def _done(outcomes: list[Outcome], letter: str) -> Done:
    if not outcomes:
        return Done(outcome="unknown", words=f"There is no dead letter {letter}: its topic has deleted it.")
    [found] = outcomes
    match found.became:
        case "published":
            return Done(outcome="done", words=sentence(f"sent again: {found.words}"), id=letter)
        case "kept" if "already" in found.words:
            return Done(outcome="already", words="It was sent again already.")
        case _:
            return Done(outcome="invalid", words=sentence(f"it cannot be used as it is, and stays here: {found.words}"))
