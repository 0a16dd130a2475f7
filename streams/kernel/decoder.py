"""The native decoder of one plan: messages to events with their effects, but for those that it hands back."""

from __future__ import annotations

from typing import NamedTuple

from scoring.event.topics import INPUT_TOPICS
from scoring.plan.plan import Plan
from streams.kernel.kernel import NO_EXTENSION, is_built
from streams.kernel.routes import decoder_tables, route_tables
from streams.kernel.table_writer import NotInKernel

TOPICS = {topic: number for number, topic in enumerate(INPUT_TOPICS)}


class Decoded(NamedTuple):
    """A decoded message. `packed` is the event with its effects, as `streams.kernel.effects.packed_event` writes them;
    the fingerprint of its id may be keyed."""

    account_id: str
    name: str
    event_id: str
    packed: bytes


class NativeDecoder:
    """Decodes as `EventDecoder.decode` does, or hands back. Mutable; belongs to one thread."""

    def __init__(self, plan: Plan, id_key: bytes = b"") -> None:
        """`id_key`: the 16 bytes that the fingerprints of ids are keyed with (SipHash-2-4: a quarter of the time, and
        nobody without the key finds two ids of one fingerprint); without, they are those of `scoring.fingerprint`.

        Raises:
            NotInKernel: when the extension is not built.
        """
        if not is_built():
            raise NotInKernel(NO_EXTENSION)
        from streams.kernel._native import Decoder

        self._plan = plan
        self.native = Decoder(decoder_tables(plan))
        if id_key:
            self.native.set_key(id_key)

    def decode(self, topic: str, value: bytes, message_time_ms: int, now_ms: int) -> Decoded | None:
        """The event in a message; None when `EventDecoder` has to decide."""
        number = TOPICS[topic]
        found = self.native.decode(number, value, message_time_ms, now_ms)
        if isinstance(found, str):
            if not self.learn(topic, found):
                return None
            found = self.native.decode(number, value, message_time_ms, now_ms)
            assert not isinstance(found, str), "a route that was learnt is known"
        return None if found is None else Decoded(*found)

    def learn(self, topic: str, name: str) -> bool:
        """Learn what events of a topic and name change. False when the kernel cannot do it."""
        try:
            route = route_tables(self._plan, topic, name)
        except NotInKernel:
            return False
        self.native.learn(TOPICS[topic], name, route)
        return True
