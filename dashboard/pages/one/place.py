"""Where an account stands in the list that it was opened from, and its neighbours there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote

from starlette.datastructures import QueryParams

from dashboard.pages.frame import Frame
from dashboard.pages.lists.addresses import MOST_ROWS, address_of
from dashboard.pages.lists.views import DAILY, built_in
from dashboard.queries.port import BadRequest, Queries
from dashboard.wording.keys import account_path

_MOST_QUERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`number` is from 1, 0 where the account is not in the list any more. `back` is the list's address."""

    label: str
    back: str
    number: int = 0
    count: int = 0
    before: str = ""
    after: str = ""


async def place_of(asked: Queries, framed: Frame, account_id: str, came_from: str) -> Place | None:
    """The place in the list of the query `came_from`; None where it was opened from no list."""
    query = came_from[:_MOST_QUERY]
    if not query:
        return None
    views = (*built_in(framed.person.owner, framed.look.tiers[-1][0]), *framed.saved_views)
    defaults = {view.name: (view.request, view.columns) for view in views}
    address = address_of(QueryParams(parse_qsl(query, keep_blank_values=True)), defaults, DAILY)
    label = next((view.label for view in views if view.name == address.view), "a selection")
    limit = address.request.limit if address.view == "bottom" else MOST_ROWS
    try:
        listing = await asked.accounts(replace(address.request, limit=limit, cursor=""))
    except BadRequest:
        return Place(label=label, back="/accounts")
    ids = [row.account_id for row in listing.rows]
    back = f"/accounts?{query}"
    if account_id not in ids:
        return Place(label=label, back=back)
    at = ids.index(account_id)
    tail = f"?from={quote(query, safe='')}"
    count = len(ids) if address.view == "bottom" else listing.total.accounts
    return Place(
        label=label,
        back=back,
        number=at + 1,
        count=count,
        before=account_path(ids[at - 1]) + tail if at else "",
        after=account_path(ids[at + 1]) + tail if at + 1 < len(ids) else "",
    )
