"""Which account an id belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.identity.alias import ACCOUNT, Alias, By, ForeignId
from streams.identity.alias_message import Removed
from streams.identity.alias_table import STEPS_MAX, AliasTable

ACME = ForeignId(ACCOUNT, "acme")
GLOBEX = ForeignId(ACCOUNT, "globex")
USER = ForeignId("app.user", "ann")
GROUP = ForeignId("app.group", "g7")


def alias(start: ForeignId, to: ForeignId, by: By = "source") -> Alias:
    return Alias(kind=start.kind, id=start.id, to=to, by=by)


def table_of(*changes: Alias | Removed) -> AliasTable:
    table = AliasTable()
    for change in changes:
        table.put(change)
    return table


def test_an_account_that_nobody_merged_is_itself() -> None:
    assert table_of().resolve([ACME]) == "acme"


def test_a_chain_leads_to_the_account_that_the_last_was_merged_into() -> None:
    table = table_of(alias(ACME, GLOBEX), alias(USER, GROUP), alias(GROUP, ACME))
    assert table.resolve([USER]) == "globex"
    assert table.path(USER) == [USER, GROUP, ACME, GLOBEX]


def test_the_first_candidate_that_leads_to_an_account_is_taken() -> None:
    assert table_of(alias(GROUP, ACME)).resolve([USER, GROUP, GLOBEX]) == "acme"
    assert table_of().resolve([USER, GROUP]) == ""


def test_what_a_person_set_stays_whatever_a_source_says_before_or_after() -> None:
    by_person, by_source = alias(USER, ACME, "person"), alias(USER, GLOBEX)
    assert table_of(by_person, by_source).resolve([USER]) == "acme"
    assert table_of(by_source, by_person).resolve([USER]) == "acme"


def test_when_a_person_removes_it_the_source_is_heard_again() -> None:
    table = table_of(alias(USER, ACME, "person"), alias(USER, GLOBEX), Removed(USER.kind, USER.id, "person"))
    assert table.resolve([USER]) == "globex"
    table.put(Removed(USER.kind, USER.id, "source"))
    assert table.resolve([USER]) == ""
    assert len(table) == 0


def test_the_removal_of_what_is_not_there_has_no_effect() -> None:
    assert len(table_of(Removed("app.user", "ann", "source"))) == 0


def test_a_circle_without_an_account_leads_to_none_and_is_counted() -> None:
    table = table_of(alias(USER, GROUP), alias(GROUP, USER))
    assert table.resolve([USER]) == table.resolve([GROUP]) == ""
    assert table.end(USER) == table.end(GROUP)
    assert table.cycles == 4


def test_a_circle_of_accounts_leads_to_the_least_from_everywhere() -> None:
    table = table_of(alias(ACME, GLOBEX), alias(GLOBEX, ACME), alias(USER, GLOBEX))
    assert [table.resolve([start]) for start in (USER, GLOBEX, ACME)] == ["acme"] * 3


def test_an_alias_is_known_when_the_same_side_has_said_the_same() -> None:
    table = table_of(alias(USER, ACME), alias(GROUP, USER))
    assert table.known(alias(USER, ACME))
    assert table.known(alias(GROUP, USER))
    assert not table.known(alias(USER, GLOBEX))
    assert not table.known(alias(USER, ACME, "person"))


IDS = st.builds(ForeignId, st.sampled_from(["app.user", "app.group", ACCOUNT]), st.sampled_from(["a", "b", "c"]))
CHANGES = st.one_of(
    st.builds(lambda start, to, by: alias(start, to, by), IDS, IDS, st.sampled_from(["person", "source"])),
    st.builds(lambda start, by: Removed(start.kind, start.id, by), IDS, st.sampled_from(["person", "source"])),
)


def resolved_plainly(changes: Sequence[Alias | Removed], start: ForeignId) -> str:
    """By the definition: the last message of each key stands, a person's before a source's."""
    said: dict[tuple[str, str, By], ForeignId | None] = {}
    for change in changes:
        said[change.kind, change.id, change.by] = change.to if isinstance(change, Alias) else None
    passed: list[ForeignId] = []
    at: ForeignId | None = start
    while at is not None and at not in passed:
        passed.append(at)
        at = said.get((at.kind, at.id, "person")) or said.get((at.kind, at.id, "source"))
    ends = [passed[-1]] if at is None else passed[passed.index(at) :]
    return min((end.id for end in ends if end.kind == ACCOUNT), default="")


@given(st.lists(CHANGES, max_size=12), st.permutations(range(12)), IDS)
def test_any_order_of_messages_of_different_keys_gives_the_same_table(
    changes: list[Alias | Removed], order: list[int], start: ForeignId
) -> None:
    expected = resolved_plainly(changes, start)
    place: dict[tuple[str, str, str], int] = {}
    for change in changes:
        place.setdefault((change.kind, change.id, change.by), order[len(place)])
    shuffled = sorted(changes, key=lambda change: place[change.kind, change.id, change.by])
    assert table_of(*changes).resolve([start]) == expected
    assert table_of(*shuffled).resolve([start]) == expected


def test_a_chain_of_any_length_costs_no_more_than_its_first_steps() -> None:
    """Anybody with a write key of a web page can send `alias` calls that make one."""
    table = AliasTable()
    table.put(Alias(kind="u", id="0", to=ForeignId(ACCOUNT, "acme")))
    for number in range(1, 1_000):
        table.put(Alias(kind="u", id=str(number), to=ForeignId("u", str(number - 1))))
    assert table.resolve([ForeignId("u", str(STEPS_MAX - 1))]) == "acme"
    assert table.resolve([ForeignId("u", str(STEPS_MAX))]) == ""
    assert len(table.path(ForeignId("u", "999"))) == STEPS_MAX + 1
