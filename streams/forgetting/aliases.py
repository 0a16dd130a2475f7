"""The aliases that lead to an account. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from streams.identity.alias import ACCOUNT, Alias, ForeignId


def leading_to(account_id: str, aliases: Iterable[Alias]) -> list[Alias]:
    """Those of `aliases` that lead to the account, also through others.

    >>> user = Alias(kind="segment.user", id="ann", to=ForeignId("segment.group", "g1"))
    >>> group = Alias(kind="segment.group", id="g1", to=ForeignId("account", "acme"))
    >>> other = Alias(kind="segment.group", id="g2", to=ForeignId("account", "globex"))
    >>> [alias.id for alias in leading_to("acme", [user, group, other])]
    ['g1', 'ann']
    """
    left, found, reached = list(aliases), list[Alias](), {ForeignId(ACCOUNT, account_id)}
    while step := [alias for alias in left if alias.to in reached]:
        found += step
        left = [alias for alias in left if alias.to not in reached]
        reached = {ForeignId(alias.kind, alias.id) for alias in step}
    return found
