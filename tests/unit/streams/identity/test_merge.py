"""Which accounts can be merged."""

from __future__ import annotations

import pytest

from streams.errors import UserError
from streams.identity.alias_log import merge_alias
from streams.identity.alias_table import AliasTable
from streams.identity.merge import check_accounts


def table_of(*merges: tuple[str, str]) -> AliasTable:
    table = AliasTable()
    for account, into in merges:
        table.put(merge_alias(account, into, author="ann", reason="", at_ms=1))
    return table


def test_two_accounts_that_were_never_merged_can_be() -> None:
    check_accounts(table_of(("other", "new")), "old", "new")


def test_the_same_merge_can_be_run_again_also_when_the_account_was_merged_before_into_it() -> None:
    check_accounts(table_of(("old", "new")), "old", "new")


@pytest.mark.parametrize(
    ("merges", "account", "into", "words"),
    [
        ([], "acme", "acme", "acme cannot be merged into itself"),
        ([("new", "old")], "old", "new", "so this would be a circle"),
        ([("new", "mid"), ("mid", "old")], "old", "new", "so this would be a circle"),
        ([("new", "newest")], "old", "new", "new was merged into newest: give newest instead"),
        ([("old", "other")], "old", "new", "old was merged into other already"),
    ],
)
def test_what_would_lead_nowhere_is_refused(merges: list[tuple[str, str]], account: str, into: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_accounts(table_of(*merges), account, into)
