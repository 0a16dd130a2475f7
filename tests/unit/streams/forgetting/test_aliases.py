"""Which aliases lead to an account."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.forgetting.aliases import leading_to
from streams.identity.alias import ACCOUNT, Alias, ForeignId

IDS = st.builds(ForeignId, st.sampled_from((ACCOUNT, "user", "group")), st.sampled_from("abc"))
ALIASES = st.lists(
    st.builds(lambda own, to: Alias(kind=own.kind, id=own.id, to=to), IDS, IDS),
    unique_by=lambda each: (each.kind, each.id),
)


def leads_to(alias: Alias, aliases: list[Alias], wanted: ForeignId) -> bool:
    """By following one alias after the other."""
    by_id = {ForeignId(each.kind, each.id): each.to for each in aliases}
    at, steps = alias.to, 0
    while at != wanted and at in by_id and steps < 20:
        at, steps = by_id[at], steps + 1
    return at == wanted


@given(aliases=ALIASES)
def test_they_are_those_from_which_the_account_is_reached(aliases: list[Alias]) -> None:
    found = leading_to("a", aliases)
    assert len(found) == len({(each.kind, each.id) for each in found})
    assert {(each.kind, each.id) for each in found} == {
        (each.kind, each.id) for each in aliases if leads_to(each, aliases, ForeignId(ACCOUNT, "a"))
    }
