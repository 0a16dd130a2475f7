"""Gateway and attribution in memory: requests in, events under their accounts out, folded by the default model."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from scoring.fold.fold import advance, apply
from scoring.model.loader import load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.gateway.reading import Inbound, Reading, Request
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias import ACCOUNT, ForeignId
from streams.identity.alias_message import Removed
from streams.identity.alias_table import AliasTable
from tests.support.gateway.decoded import under_its_account

AFTER_MS = 60_000


@cache
def default_plan() -> Plan:
    return Plan(load_preset("default"))


class MemoryDoor:
    """Takes requests in their order. What has no account waits until an alias leads to one."""

    def __init__(self, model: Model | None = None) -> None:
        self.plan = Plan(model) if model is not None else default_plan()
        self.table = AliasTable()
        self.events: dict[str, list[Inbound]] = defaultdict(list)
        self.waiting: list[Inbound] = []

    def take(self, request: Request) -> Reading:
        """What the request's vendor reads in it, once its aliases and events are taken."""
        reading = VENDORS[str(request.source.__struct_config__.tag)].read(request)
        for alias in reading.aliases:
            self.table.put(alias)
        waiting, self.waiting = [*self.waiting, *reading.events], []
        for event in waiting:
            account = self.table.resolve(event.accounts)
            (self.events[account] if account else self.waiting).append(event)
        for gone in [*reading.forgotten, *(each for each in reading.ended if self.table.end(each).kind == ACCOUNT)]:
            self.table.put(Removed(gone.kind, gone.id, "source"))
        return reading

    def leads(self, kind: str, found: str) -> str:
        """The account that an id leads to; "" for none."""
        return self.table.resolve([ForeignId(kind, found)])

    def facts(self, account_id: str = "acme", *, at_ms: int = 0) -> dict[str, object]:
        """The signals of an account, at `at_ms` or a minute after the last of its events."""
        plan = self.plan
        ordered = sorted(self.events[account_id], key=lambda each: each.occurred_at_ms)
        account = Account(plan.sizes, ordered[0].occurred_at_ms)
        end_ms = at_ms or ordered[-1].occurred_at_ms + AFTER_MS
        for each in ordered:
            value = under_its_account(each, account_id)
            apply(plan, account, plan.decoder.decode(each.topic, value, 0, end_ms), each.occurred_at_ms)
        advance(plan, account, end_ms)
        return dict(plan.facts(account))
