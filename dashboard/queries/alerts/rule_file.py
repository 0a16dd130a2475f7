"""The alert rules of this deployment, as far as their file is on this machine."""

from __future__ import annotations

import logging

from alerts.lifecycle.schema import AlertRules
from scoring.model.model import Model
from scoring.model.model_json import model_key
from streams.alert_files import examine_rules
from streams.errors import UserError

_LOG = logging.getLogger(__name__)


class RuleFile:
    """Reads the rules for a model when they are first asked for, and keeps them: they change with a restart."""

    def __init__(self, name_or_path: str = "") -> None:
        """`name_or_path` is that of `VITALS_ALERTS`; "" has no rules."""
        self._name = name_or_path
        self._read: dict[str, AlertRules | None] = {}

    def of(self, model: Model) -> AlertRules | None:
        """The rules, fitted to the model; None where the file is not here, or not for this model. Blocks once."""
        key = model_key(model.name, model.version)
        if key not in self._read:
            self._read[key] = self._rules(model)
        return self._read[key]

    def _rules(self, model: Model) -> AlertRules | None:
        if not self._name:
            return None
        try:
            return examine_rules(self._name, model).rules
        except UserError as error:
            _LOG.warning("The page of alerts shows only rules that have cases: %s", error)
            return None
