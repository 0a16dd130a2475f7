"""Which source a request is for: by its path, and where several sources share one, by the key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from streams.gateway.answers import Problem
from streams.gateway.keys import given_key
from streams.gateway.reading import Request
from streams.gateway.sources.loader import is_over_http
from streams.gateway.sources.ready import ReadySource

_ANY = "\0"


class Routes:
    """The paths of a gateway's sources."""

    def __init__(self, sources: Mapping[str, ReadySource]) -> None:
        self._by_name: Final = {f"/in/{each.name}": [each] for each in sources.values() if is_over_http(each.source)}
        self._exact: Final[dict[str, list[ReadySource]]] = {}
        self._patterns: Final[list[tuple[list[str], list[ReadySource]]]] = []
        for each in sources.values():
            for path in each.vendor.paths if is_over_http(each.source) else ():
                self._add(path, each)

    def _add(self, path: str, source: ReadySource) -> None:
        path = _plain(path)
        if "{" not in path:
            self._exact.setdefault(path, []).append(source)
            return
        parts = [_ANY if part.startswith("{") else part for part in path.split("/")]
        known = next((sources for pattern, sources in self._patterns if pattern == parts), None)
        if known is None:
            self._patterns.append((parts, [source]))
        else:
            known.append(source)

    def candidates(self, path: str) -> tuple[Sequence[ReadySource], bool]:
        """The sources that a path may be for, and whether it is one that clients call by themselves."""
        path = _plain(path)
        if named := self._by_name.get(path):
            return named, False
        if exact := self._exact.get(path):
            return exact, True
        parts = path.split("/")
        for pattern, sources in self._patterns:
            if len(parts) == len(pattern) and all(
                want == part or (want == _ANY and part) for want, part in zip(pattern, parts, strict=True)
            ):
                return sources, True
        return (), False


def chosen(candidates: Sequence[ReadySource], request: Request) -> ReadySource:
    """The one that a request is for: the only one, else that which has its key, else the one that needs none.

    Raises:
        Problem: 401 when it is none of them.
    """
    if len(candidates) == 1:
        return candidates[0]
    with_key = [each for each in candidates if each.keys and (key := each.key_of(request)) and each.has_key(key)]
    if len(with_key) > 1:
        names = ", ".join(f"/in/{each.name}" for each in with_key[:5])
        raise Problem(401, "bad_key", f"Several sources have this key: call one of {names}, or give each its own.")
    if with_key:
        return with_key[0]
    open_to_all = [each for each in candidates if each.source.insecure]
    if len(open_to_all) == 1:
        return open_to_all[0]
    raise Problem(401, "no_key", "Several sources take this path: give the key of one, or call /in/ and its name.")


def check_key_early(candidates: Sequence[ReadySource], request: Request) -> None:
    """Refuse a request before its body is read, where a key in its headers would be all that verifies it.

    Raises:
        Problem: 401.
    """
    if any(each.source.insecure or each.secrets or each.vendor.key not in (None, given_key) for each in candidates):
        return
    key = given_key(request)
    if not any(each.has_key(key) for each in candidates):
        chosen(candidates, request).verify(request, 0.0)


def _plain(path: str) -> str:
    """A path without the slash at its end."""
    return path.rstrip("/") or "/"
