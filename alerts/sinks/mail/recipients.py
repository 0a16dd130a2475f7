"""To whom a mail goes: the addresses of the rules file, with the account's owner in the place of `{owner}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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


def recipients_of(message: Message, to: Sequence[str], people: Mapping[str, str], sender: str) -> tuple[str, ...]:
    """The addresses that `message` goes to, each once, at most 50.

    `{owner}` alone is the owner's address by `people`, or the owner itself if that is an address. Within an address it
    is the owner's name by `people`, or as it is. A message about many accounts goes to the owners of those that it
    shows. An address that cannot be made is left out.

    The owner comes from events, and a browser may send those: an owner that `people` does not name gets mail only in a
    domain that the rules file has, in `to`, `people` or as the `sender`.
    """
    own = {_domain(each) for each in (sender, *to, *people.values())} - {""}
    steps = message.top if isinstance(message, Gathered) else (message,)
    owners = list(dict.fromkeys(step.traits.get("owner", "") for step in steps))
    found = (address for entry in to for address in _addresses(entry, owners, people, own))
    return tuple(dict.fromkeys(address for address in found if is_address(address)))[:MOST_RECIPIENTS]


def _addresses(entry: str, owners: Iterable[str], people: Mapping[str, str], own: Collection[str]) -> Iterator[str]:
    if OWNER not in entry:
        yield entry
        return
    for owner in filter(None, owners):
        address = entry.replace(OWNER, people.get(owner, owner))
        if owner in people or _domain(address) in own:
            yield address


def _domain(address: str) -> str:
    """The domain of an address of the rules file; "" for one that an owner decides."""
    domain = address.rpartition("@")[2].lower()
    return "" if OWNER in domain else domain
