"""To whom a mail goes: the addresses of the rules file, with the account's owner in the place of `{owner}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from alerts.gathered import Gathered
from alerts.sinks.port import Message

OWNER = "{owner}"
MOST_RECIPIENTS = 50
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_ADDRESS = re.compile(f"{_LOCAL}@{_DOMAIN}", re.ASCII)
ADDRESS_LIMIT = 254


def is_address(text: str) -> bool:
    """Whether `text` is a plain address: no quotes, comments, line breaks, or letters beyond ASCII.

    >>> is_address("ana@corp.example"), is_address("ana@corp.example, eve@evil.example")
    (True, False)
    """
    return len(text) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(text) is not None


def recipients_of(message: Message, to: Sequence[str], people: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses that `message` goes to, each once, at most 50.

    `{owner}` alone is the owner's address by `people`, or the owner itself if that is an address. Within an address it
    is the owner's name by `people`, or as it is. A message about many accounts goes to the owners of those that it
    shows. An address that cannot be made is left out.
    """
    steps = message.top if isinstance(message, Gathered) else (message,)
    owners = list(dict.fromkeys(step.traits.get("owner", "") for step in steps))
    found = (address for entry in to for address in _addresses(entry, owners, people))
    return tuple(dict.fromkeys(address for address in found if is_address(address)))[:MOST_RECIPIENTS]


def _addresses(entry: str, owners: Iterable[str], people: Mapping[str, str]) -> Iterable[str]:
    if OWNER not in entry:
        return (entry,)
    return (entry.replace(OWNER, people.get(owner, owner)) for owner in owners if owner)
