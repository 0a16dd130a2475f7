"""The model page: how a score is made, how the book stands under it, and how it would under other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, PlainTextResponse

from dashboard.charts.histogram import histogram
from dashboard.doors.identity import Reading
from dashboard.pages.frame import Frame, Framed, render, with_tiers
from dashboard.pages.parts.what_if_form import WhatIfForm, form_of
from dashboard.queries.asked import Asked
from dashboard.queries.port import BadRequest, Queries
from dashboard.values.model import ModelView, TierLine, WhatIfView
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

GUIDE = ((0.05, 0.10), (0.20, 0.30), (0.60, 0.70))
"""The worst tier's range, the second's, the best's, where there are three."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierShare:
    """A tier as it serves and under the what-if; shares are 0 to 1, `change` is in points."""

    now: TierLine
    shown: TierLine
    share: float
    share_then: float | None
    change: float | None
    guide: str
    verdict: str


@router.get("/model")
async def model(request: Request, framed: Framed, asked: Asked) -> HTMLResponse:
    """The page; with numbers in its address also what these would do."""
    view, form, what, why_not = await _asked(request, asked)
    framed = with_tiers(framed, tuple((line.tier, line.bound) for line in view.tiers))
    return framed.page(
        "model.html",
        page="model",
        title="Model",
        as_of_ms=view.as_of_ms,
        **model_values(framed.look, view, form, what, why_not),
    )


@router.get("/model/what-if")
async def what_if(request: Request, framed: Framed, asked: Asked) -> HTMLResponse:
    """The results alone, and what stands beside each number."""
    view, form, what, why_not = await _asked(request, asked)
    framed = with_tiers(framed, tuple((line.tier, line.bound) for line in view.tiers))
    return HTMLResponse(results(framed, view, form, what, why_not))


@router.get("/model.toml")
async def model_toml(request: Request, asked: Asked, _: Reading) -> PlainTextResponse:
    """The model's file with the numbers of the address."""
    view = await asked.model()
    text = await asked.model_toml(form_of(view, request.query_params).request)
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in view.name) or "model"
    headers = {"content-disposition": f'attachment; filename="{name}.toml"'}
    return PlainTextResponse(text, media_type="application/toml", headers=headers)


def results(framed: Frame, view: ModelView, form: WhatIfForm, what: WhatIfView | None, why_not: str) -> str:
    """The part of the page that follows the numbers."""
    values = model_values(framed.look, view, form, what, why_not)
    return render("model/results.html", {**values, "look": framed.look, "is_partial": True, "oob": _OOB})


_OOB = Markup(' hx-swap-oob="true"')


def model_values(
    look: Look, view: ModelView, form: WhatIfForm, what: WhatIfView | None, why_not: str
) -> dict[str, Any]:
    """All that `model.html` and its results read beside the frame."""
    return {
        "view": view,
        "form": form,
        "what": what,
        "why_not": why_not,
        "tiers": tier_shares(view.tiers, what.tiers if what else None),
        "account": account_path,
        "histogram": histogram(look, view.histogram, what.histogram if what else ()),
        "is_partial": False,
        "oob": "",
    }


def tier_shares(now: Sequence[TierLine], then: Sequence[TierLine] | None) -> list[TierShare]:
    """The tiers, the best first, beside the guide where it is one of as many."""
    by_tier = {line.tier: line for line in then or ()}
    ranges = dict(zip((line.tier for line in now), GUIDE, strict=True)) if len(now) == len(GUIDE) else {}
    found = []
    for line in reversed(now):
        other = by_tier.get(line.tier)
        share = other.share if other else line.share
        low, high = ranges.get(line.tier, (0.0, 1.0))
        found.append(
            TierShare(
                now=line,
                shown=other or line,
                share=line.share,
                share_then=other.share if other else None,
                change=100 * (other.share - line.share) if other else None,
                guide=f"{100 * low:g}–{100 * high:g} %" if ranges else "",
                verdict=verdict_of(share, low, high) if ranges else "",
            )
        )
    return found


def verdict_of(share: float, low: float, high: float) -> str:
    """Where a share lies beside its range, in points.

    >>> verdict_of(0.311, 0.2, 0.3), verdict_of(0.547, 0.6, 0.7), verdict_of(0.6, 0.6, 0.7)
    ('1.1 above', '5.3 below', 'within')
    """
    if share > high:
        return f"{100 * (share - high):.1f} above"
    return f"{100 * (low - share):.1f} below" if share < low else "within"


async def _asked(request: Request, asked: Queries) -> tuple[ModelView, WhatIfForm, WhatIfView | None, str]:
    view = await asked.model()
    form = form_of(view, request.query_params)
    if not form.is_turned or not view.can_what_if:
        return view, form, None, view.why_not
    try:
        return view, form, await asked.what_if(form.request), ""
    except BadRequest as error:
        return view, form, None, str(error)
