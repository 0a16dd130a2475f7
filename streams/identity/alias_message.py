"""Reads the messages of the topic `aliases`. Pure."""

from __future__ import annotations

from typing import cast, get_args

import msgspec

from streams.identity.alias import Alias, By


class Removed(msgspec.Struct, frozen=True):
    """What `by` said about the id `id` of this `kind` holds no more."""

    kind: str
    id: str
    by: By


class NoAlias(ValueError):
    """A message that is neither an alias nor the removal of one. The text says why."""


_decoder = msgspec.json.Decoder(Alias)


def alias_of(key: bytes | None, value: bytes | None) -> Alias | Removed:
    """What a message of the topic says. Without a value it removes the alias of its key.

    >>> alias_of(b"source\\x00stripe.customer\\x00cus_1", None)
    Removed(kind='stripe.customer', id='cus_1', by='source')

    Raises:
        NoAlias: when it says nothing that can be used.
    """
    try:
        if value:
            alias = _decoder.decode(value)
            if not (alias.kind and alias.id and alias.to.kind and alias.to.id):
                raise NoAlias("an id or a kind is empty")
            return alias
        by, kind, foreign_id = (key or b"").decode().split("\0", 2)
    except NoAlias:
        raise
    except (ValueError, msgspec.DecodeError, RecursionError) as error:  # `ValueError`: also that of Unicode
        raise NoAlias(f"no alias: {error}") from None
    if by not in get_args(By):
        raise NoAlias(f"the key begins with {by[:20]!r}, not with who said it")
    return Removed(kind, foreign_id, cast(By, by))


def encode_alias(alias: Alias) -> bytes:
    """The value of an alias on the topic; its key is `alias_key`."""
    return msgspec.json.encode(alias)
