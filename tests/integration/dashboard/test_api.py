"""The API on a real stack, by its own document: no 5xx, and no answer that the document does not have."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.browser.stack import HOSTILE, DashboardStack
from vitals.local.sample_accounts import book

REAL = (*(account.account_id for account in book(7, 3)), *HOSTILE)
EXAMPLES = 6
PLAIN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_no_request_by_the_document_gets_a_5xx_or_an_undocumented_answer(stack: DashboardStack) -> None:
    """Every operation but the stream, which ends after minutes. Half of the requests are about a real account."""
    schema = schemathesis.openapi.from_url(f"{stack.url}/api/v1/openapi.json")
    statuses: list[int] = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        if not operation.path.endswith("/events"):
            _try(operation, statuses)
    assert len(statuses) > 200
    assert {200, 400, 404, 422} <= set(statuses)


def _try(operation: Any, statuses: list[int]) -> None:
    @PLAIN
    @given(case=operation.as_strategy(), account_id=st.none() | st.sampled_from(REAL))
    def ask(case: Any, account_id: str | None) -> None:
        if account_id is not None and "account_id" in (case.path_parameters or {}):
            case.path_parameters["account_id"] = quote(account_id, safe="")
        case.headers.pop("Authorization", None)  # local mode asks for no key; a wrong one is refused
        statuses.append(case.call_and_validate(checks=CHECKS, timeout=20).status_code)

    ask()
