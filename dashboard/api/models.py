"""The model: how it judges the book, the book under other weights, and the model as a file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.api.answering import answered, once, text_answer
from dashboard.api.asking import Reader
from dashboard.api.bodies import Models
from dashboard.api.documented import READ, problems
from dashboard.queries.asked import Asked
from dashboard.values.model import ModelView, WhatIfRequest, WhatIfView

part = APIRouter(tags=["models"])
TOML = "application/toml"
_TEXT = {TOML: {"schema": {"type": "string"}}}


@part.get("/model", response_model=ModelView, responses=READ)
async def model(request: Request, asked: Asked, _: Reader) -> Response:
    """The live model: its formula, weights and tiers, how it judges the book, and its shadows beside it."""
    return answered(request, await asked.model())


@part.get("/models", response_model=Models, responses=READ)
async def models(request: Request, asked: Asked, _: Reader) -> Response:
    """The models that are known, each with its version."""
    view = await asked.model()
    live = f"{view.name}@{view.version}" if view.name else ""
    return answered(request, Models(live=live, versions=view.versions))


@part.post("/what-if", response_model=WhatIfView, responses=problems(400, 408, 413))
async def what_if(asked: Asked, body: WhatIfRequest, _: Reader) -> Response:
    """The book under other weights and bounds: who would change tier. Nothing is saved."""
    return once(await asked.what_if(body))


@part.get("/model.toml", response_class=Response, responses={**problems(304, 400), 200: {"content": _TEXT}})
async def model_toml(request: Request, asked: Asked, _: Reader) -> Response:
    """The live model as a file that `vitals model check` accepts."""
    return text_answer(request, await asked.model_toml(WhatIfRequest()), TOML, "model.toml")


@part.post("/model.toml", response_class=Response, responses={**problems(400, 408, 413), 200: {"content": _TEXT}})
async def changed_toml(request: Request, asked: Asked, body: WhatIfRequest, _: Reader) -> Response:
    """The live model with other weights and bounds, as a file; its version is one more."""
    return text_answer(request, await asked.model_toml(body), TOML, "model.toml")
