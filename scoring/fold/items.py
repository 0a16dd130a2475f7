"""Items by id: events open them, close them, or set a value of one.

Writes `Account.open_items`, `tallies` and `items_changed`. The latest event of an id wins, by `EventOrder`.
"""

from __future__ import annotations

from scoring.event.event import Event
from scoring.fingerprint import fingerprint
from scoring.fold.timers import due_by
from scoring.model.schema.bounds import ITEMS_MAX
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account
from scoring.state.items import CLOSED, Item, forget_oldest
from scoring.state.open_items import FORGOTTEN, KeptItems, OpenItems
from scoring.state.tally import ENDED, FORGOTTEN_ITEM, WHOLE


def note_items(plan: Plan, account: Account, route: Route, event: Event) -> None:
    """Open or close the items that an event refers to."""
    for number in changed_items(plan, account, route, event):
        due_by(account, max(account.current_bucket + 1, plan.open_items[number].next_due(account)))


def changed_items(plan: Plan, account: Account, route: Route, event: Event) -> list[int]:
    """The same, without the timer: the numbers of the open items that changed."""
    changed: list[int] = []
    at = event.occurred_at_ms
    for number, (item_of, rank) in route.items:
        found = item_of(event)
        if found is None:
            continue
        open_items = plan.open_items[number]
        item, weight = found
        if _put_item(plan, account, open_items, item, (at, plan.order.tie(rank, event), weight)):
            account.items_changed = True
            account.changed_dependents |= plan.open_items_dependents[number]
            changed.append(number)
    return changed


def note_stated(plan: Plan, account: Account, route: Route, event: Event) -> None:
    """Store the values that an event sets for items."""
    at = event.occurred_at_ms
    for number, stated_of in route.tallies:
        stated = stated_of(event)
        if stated is None:
            continue
        item, value = stated
        if _put_stated(plan, account, number, item, value, at, plan.order.tie(route.rank, event)):
            account.items_changed = True
            account.changed_dependents |= plan.tally_dependents[number]


def close_items(plan: Plan, account: Account, number: int, items: int) -> None:
    """Close `items` open items at the account's instant: the weightiest first, then the oldest."""
    open_items, held = plan.open_items[number], account.open_items[number]
    assert isinstance(open_items, OpenItems)
    keys = {item: key for key, item in held.items()}
    for item in open_items.sorted_items(account)[:items]:
        held[keys[item]] = (account.as_of_ms, 0, CLOSED)
    account.items_changed = True
    account.changed_dependents |= plan.open_items_dependents[number]


def drop_items(plan: Plan, account: Account) -> None:
    """Drop the items whose latest event no longer counts."""
    for open_items in plan.open_items:
        items = account.open_items[open_items.number]
        after = account.current_bucket - open_items.span
        for key in [key for key, item in items.items() if item[0] // open_items.resolution_ms <= after]:
            del items[key]
            account.items_changed = True


def _put_item(plan: Plan, account: Account, open_items: KeptItems, item: str, said: Item) -> bool:
    """Store the state that an event gives an item. Returns True when the items changed."""
    if said[0] // open_items.resolution_ms <= account.current_bucket - open_items.span:
        return False
    items = account.open_items[open_items.number]
    key = fingerprint(item)
    held = items.get(key)
    if held is not None and said <= held:
        return False
    if FORGOTTEN in items and said[:2] <= items[FORGOTTEN][:2]:
        return False
    items[key] = said
    if len(items) - (FORGOTTEN in items) > ITEMS_MAX:
        _forget_oldest(plan, account, items, FORGOTTEN)
    return True


def _put_stated(plan: Plan, account: Account, number: int, item: str, value: float | None, at: int, tie: int) -> bool:
    """Store a value of an item, "" for the whole account; None ends it. Returns True when the tally changed."""
    items = account.tallies[number]
    key = fingerprint(item) if item else ENDED if value is None else WHOLE
    said = (at, tie, value or 0.0)
    held = items.get(key)
    if (held is not None and said <= held) or (ENDED in items and said[:2] < items[ENDED][:2]):
        return False
    if key > FORGOTTEN_ITEM and FORGOTTEN_ITEM in items and said[:2] <= items[FORGOTTEN_ITEM][:2]:
        return False
    items[key] = said
    if key == ENDED:
        for each in [each for each in items if items[each][:2] < said[:2]]:
            del items[each]
    elif len(items) > ITEMS_MAX and sum(each > FORGOTTEN_ITEM for each in items) > ITEMS_MAX:
        _forget_oldest(plan, account, items, FORGOTTEN_ITEM)
    return True


def _forget_oldest(plan: Plan, account: Account, items: dict[int, Item], forgotten: int) -> None:
    forget_oldest(items, forgotten)
    account.is_past_bounds = True
    plan.past["items"] += 1
