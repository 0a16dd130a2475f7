"""Commands of `vitals` as a person would paste them. Pure."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """The words as one line of a POSIX shell, each a single word of it.

    >>> command("vitals", "alias", "set", "stripe.customer", "cus 1", "ACCOUNT")
    "vitals alias set stripe.customer 'cus 1' ACCOUNT"
    """
    return shlex.join(words)
