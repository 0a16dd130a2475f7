"""What a request asks of the list: strictly, so that a mistake is named and not left out."""

from __future__ import annotations

from typing import Annotated, Literal, cast, get_args

from fastapi import Depends, Query
from pydantic import BeforeValidator

from dashboard.doors.identity import Reading
from dashboard.queries.port import BadRequest
from dashboard.values.listing import Filter, ListRequest, Operator

FILTERS_MAX = 20
Reader = Reading
"""The person who asks: every route has one."""
Weeks = Annotated[Literal[4, 8, 12, 52], BeforeValidator(int), Query(description="How far back.")]


def filter_of(text: str) -> Filter:
    """The filter of a text.

    >>> filter_of("mrr:at_least:900")
    Filter(field='mrr', operator='at_least', value='900')

    Raises:
        BadRequest: it has not the form field:operator:value.
    """
    field, _, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    if not field or operator not in get_args(Operator):
        known = ", ".join(get_args(Operator))
        raise BadRequest(f"filter {text!r}: write field:operator:value with one of the operators {known}.")
    return Filter(field=field, operator=cast(Operator, operator), value=value)


def filters_of(
    filter_: Annotated[
        list[str] | None,
        Query(
            alias="filter",
            max_length=FILTERS_MAX,
            description="field:operator:value, such as tier:is:red or mrr:at_least:900. All hold; two on one field "
            "with `is` mean either. `GET /columns` has the fields.",
        ),
    ] = None,
    q: Annotated[str, Query(max_length=200, description="A part of a name or an id, in any case.")] = "",
) -> ListRequest:
    """Which accounts."""
    return ListRequest(filters=tuple(map(filter_of, filter_ or ())), search=q.strip())


def list_request(
    which: Annotated[ListRequest, Depends(filters_of)],
    sort: Annotated[str, Query(max_length=100, description="A column; with `-` before it the greatest first.")] = "",
    group: Annotated[Literal["", "tier"], Query(description="`tier` puts tiers first, the worst first.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str, Query(max_length=1_000, description="That of the page before.")] = "",
) -> ListRequest:
    """Which accounts, in which order."""
    order = sort or "-at_risk"
    return ListRequest(
        filters=which.filters,
        search=which.search,
        sort=order.removeprefix("-"),
        is_descending=order.startswith("-"),
        group=group == "tier",
        limit=limit,
        cursor=cursor,
    )


Which = Annotated[ListRequest, Depends(filters_of)]
Listed = Annotated[ListRequest, Depends(list_request)]
