"""The ids that an account has elsewhere."""

from __future__ import annotations

from dashboard.queries.account.ids import AccountIds
from dashboard.queries.service import Service
from dashboard.values.account import ExternalLink
from streams.identity.alias import ACCOUNT, Alias, By, ForeignId
from streams.identity.alias_message import Removed
from tests.builders import a_snapshot, snapshot_models
from tests.support.dashboard.ground import a_ground


def an_alias(foreign_id: str, account: str, by: By = "source") -> Alias:
    return Alias(kind="stripe.customer", id=foreign_id, to=ForeignId(ACCOUNT, account), by=by)


def ids_of(ids: AccountIds, account: str) -> list[str]:
    return [each.id for each in ids.of(account)]


def test_an_id_belongs_to_the_account_that_was_said_last_and_a_person_is_above_a_source() -> None:
    ids = AccountIds()
    ids.put(an_alias("cus_1", "acme"))
    ids.put(an_alias("cus_2", "acme"))
    ids.put(an_alias("cus_2", "other"))
    assert (ids_of(ids, "acme"), ids_of(ids, "other")) == (["cus_1"], ["cus_2"])
    ids.put(an_alias("cus_1", "other", "person"))
    assert (ids_of(ids, "acme"), ids_of(ids, "other")) == ([], ["cus_1", "cus_2"])
    ids.put(Removed(kind="stripe.customer", id="cus_1", by="person"))
    assert (ids_of(ids, "acme"), ids_of(ids, "other")) == (["cus_1"], ["cus_2"])
    ids.put(Removed(kind="stripe.customer", id="cus_1", by="source"))
    assert ids_of(ids, "acme") == []


def test_what_leads_to_no_account_and_what_is_too_many_is_left_out() -> None:
    ids = AccountIds(most=2)
    ids.put(Alias(kind="app.user", id="ann", to=ForeignId("app.group", "g")))
    for number in range(4):
        ids.put(an_alias(f"cus_{number}", "acme"))
    assert ids_of(ids, "acme") == ["cus_0", "cus_1"]


async def test_the_page_links_to_where_the_account_is_elsewhere() -> None:
    ground = await a_ground([a_snapshot()], snapshot_models())
    ground.ids.put(an_alias("cus_1", "acme"))
    view = await Service(ground).account("acme")
    url = "https://dashboard.stripe.com/customers/cus_1"
    assert view.links == (ExternalLink(kind="stripe.customer", id="cus_1", url=url),)
