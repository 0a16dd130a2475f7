"""The accounts of a partition: an object for each that is awake, and of one at rest only the bytes of its records."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from scoring.instants import FAR
from scoring.result import Forecast
from streams.changelog.at_rest import AtRest, timer_of
from streams.engine.stored_account import StoredAccount


class Accounts(MutableMapping[str, StoredAccount]):
    """The accounts by id. Mutable; owned by a `PartitionState`.

    To ask for an account wakes it: it has an object until it is put to rest. No other object of it may be kept then.
    Their ids, `timer_ms` and `awake` wake none.
    """

    def __init__(self) -> None:
        self._held: dict[str, StoredAccount | AtRest] = {}
        self._forecasts: dict[str, Forecast] = {}
        """Of accounts at rest: a forecast is not in their records."""

    def __getitem__(self, account_id: str) -> StoredAccount:
        held = self._held[account_id]
        if isinstance(held, StoredAccount):
            return held
        stored = self._held[account_id] = StoredAccount(account_id)
        stored.adopt(held)
        stored.forecast = self._forecasts.pop(account_id, None)
        return stored

    def __setitem__(self, account_id: str, stored: StoredAccount) -> None:
        self._held[account_id] = stored

    def __delitem__(self, account_id: str) -> None:
        del self._held[account_id]
        self._forecasts.pop(account_id, None)

    def __contains__(self, account_id: object) -> bool:
        return account_id in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def awake(self, account_id: str) -> StoredAccount | None:
        """The account if it is awake, None if it is at rest or there is none."""
        held = self._held.get(account_id)
        return held if isinstance(held, StoredAccount) else None

    def timer_ms(self, account_id: str) -> int:
        """The account's timer, FAR for none."""
        held = self._held.get(account_id)
        if held is None:
            return FAR
        return held.timer_ms if isinstance(held, StoredAccount) else timer_of(held)

    def add_at_rest(self, account_id: str, at_rest: AtRest) -> None:
        """Add an account that is at rest."""
        self._held[account_id] = at_rest

    def rest(self, stored: StoredAccount) -> None:
        """Put an account to rest that is not decoded. Its timer must be the one in its head."""
        self._held[stored.account_id] = stored.at_rest()
        if stored.forecast is not None:
            self._forecasts[stored.account_id] = stored.forecast
