"""Ids of other systems, and which account they belong to: the messages of the topic `aliases`. Pure.

An alias leads from one id to another: from a user to a group, from a Stripe customer to an account. Resolving follows
aliases until it reaches an id of the kind `ACCOUNT`. So an alias may be known before what it leads to is.
"""

from __future__ import annotations

from typing import Literal

import msgspec

ACCOUNT = "account"
"""The kind of our own account ids. An alias from one of them is a merge."""
ID_MAX_CHARACTERS = 200

By = Literal["source", "person"]


class ForeignId(msgspec.Struct, frozen=True, array_like=True):
    """An id in another system. `kind` says which and of what, as in "stripe.customer", "segment.user".

    `id` is cleaned by `scoring.event.ids.id_of`.
    """

    kind: str
    id: str


class Alias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` of this `kind` belongs to `to`. What a person set is never replaced by what a source says.

    `author` is the person, or the name of the source; `at_ms` is when it was said.
    """

    kind: str
    id: str
    to: ForeignId
    by: By = "source"
    author: str = ""
    reason: str = ""
    at_ms: int = 0


def alias_key(kind: str, foreign_id: str, by: By) -> bytes:
    """The key of an alias on the compacted topic; a message without a value under it deletes the alias.

    >>> alias_key("stripe.customer", "cus_1", "source")
    b'source\\x00stripe.customer\\x00cus_1'
    """
    return f"{by}\0{kind}\0{foreign_id}".encode()
