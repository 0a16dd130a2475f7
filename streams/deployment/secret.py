"""Secrets of a deployment: values that are used but never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from streams.errors import UserError

HIDDEN = "****"
FILE_MAX_BYTES = 65_536


class Secret:
    """A text that always prints as `****`; only `reveal` returns it. An empty one is false.

    >>> f"{Secret('hunter2')} {Secret('hunter2')!r}"
    '**** ****'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: only for the library that authenticates with it."""
        return self._text

    def __bool__(self) -> bool:
        return self._text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return HIDDEN if self._text else "''"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret must not be copied out of the process")


def without_secrets(url: str) -> str:
    """`url` without the parts that may hold a secret: everything before the last `@`, and the query.

    >>> without_secrets("rediss://ops:p/a?s#s@redis.example:6380/0?password=x")
    'rediss://redis.example:6380/0'
    """
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2].partition('?')[0]}" if mark else url.rpartition("@")[2]


def read_secret(environment: Mapping[str, str], name: str) -> str:
    """The secret in the variable `name`, or in the file that `name`_FILE names; "" if neither is set.

    A newline at the end, which editors and `kubectl` add, is removed.

    Raises:
        UserError: when both are set, or the file cannot be read or holds no secret.
    """
    text, path = _line(environment.get(name, "")), environment.get(f"{name}_FILE", "")
    if text and path:
        raise UserError(f"{name} and {name}_FILE are both set: set one of them.")
    return _of_file(f"{name}_FILE", path) if path else text


def _line(text: str) -> str:
    return text.removeprefix("\ufeff").removesuffix("\n").removesuffix("\r")


def _of_file(name: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(FILE_MAX_BYTES + 1)
        text = _line(raw.decode())
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name} names {path!r}, which is not UTF-8 text: name a file that holds the secret."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{name} names {path!r}, which cannot be read ({reason}): name a readable file.") from error
    if len(raw) > FILE_MAX_BYTES or not text or "\0" in text:
        what = "is empty" if not text else "cannot be a secret: it is too large, or binary"
        raise UserError(f"{name} names {path!r}, which {what}: name the file that holds the secret.")
    return text
