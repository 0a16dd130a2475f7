"""What schemes of signatures have in common: a header that must be there, a digest that must match, a time. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature


def required(headers: Mapping[str, str], *names: str) -> str:
    """The first of these headers that the request has.

    Raises:
        BadSignature: when it has none of them.
    """
    for name in names:
        if given := headers.get(name.lower(), "").strip():
            return given
    raise BadSignature(f"the header {names[0]} is missing: let the sender sign, and let no proxy drop the header")


def require_match(given: str, secrets: Sequence[Secret], sign: Callable[[bytes], bytes], *, where: str) -> None:
    """One of the secrets must give the signature `given`, which may hold any characters; `sign` takes a secret's bytes.

    Raises:
        BadSignature: when none does. `where` says where the sender shows the secret.
    """
    written = given.encode("utf-8", "replace")
    if not any_equal(written, (sign(secret.reveal().encode()) for secret in secrets)):
        raise BadSignature(
            f"no secret of this source gives the request's signature: set the one {where}, and let nothing change "
            "the body on its way"
        )


def any_equal(written: bytes, expected: Iterable[bytes]) -> bool:
    """Whether one of these is equal. All are compared, each in constant time."""
    found = [hmac.compare_digest(each, written) for each in expected]
    return any(found)


def require_near(at_seconds: float, now: float, tolerance: float, *, clock: str) -> None:
    """A signed time must be no further than `tolerance` seconds from now, in the past or in the future.

    Raises:
        BadSignature: when it is. `clock` names the header.
    """
    if not abs(now - at_seconds) <= tolerance:
        side = "old" if at_seconds < now else "far in the future"
        raise BadSignature(
            f"the time in {clock} is too {side}: at most {tolerance:g} seconds are allowed; check the clock of this "
            "machine, or send the request again"
        )
