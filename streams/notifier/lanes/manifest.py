"""What a lane is about to send, remembered before it is sent: after a kill it makes the same message again, not another
one that has more steps in it."""

from __future__ import annotations

import msgspec

from alerts.gathered import Why
from alerts.sinks.port import SinkMemory

KEY = "manifest"
KEPT_SECONDS = 40 * 24 * 3_600


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A message: all steps of the lane from its committed offsets to `ends`, by partition, that no other message has.
    `why` is "" for a single step that was not gathered. `doubted` are steps that are messages of their own."""

    message_id: str
    why: Why | str
    ends: dict[int, int]
    outage: str = ""
    doubted: tuple[str, ...] = ()


_DECODER = msgspec.json.Decoder(Manifest)


async def remember(memory: SinkMemory, manifest: Manifest) -> None:
    """Remember that this message is about to be sent. Without it, a kill at the wrong moment may send a step twice."""
    await memory.set(KEY, msgspec.json.encode(manifest).decode(), seconds=KEPT_SECONDS)


async def last_manifest(memory: SinkMemory) -> Manifest | None:
    """The message that was to be sent last.

    Raises:
        DeliveryFailed: when the memory does not answer.
    """
    text = await memory.get(KEY)
    try:
        return _DECODER.decode(text) if text else None
    except msgspec.DecodeError:
        return None
