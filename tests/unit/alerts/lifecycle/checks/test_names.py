"""The names and numbers of tables."""

from __future__ import annotations

import pytest

from alerts.lifecycle.checks.names import ROUTES_MAX, RULES_MAX
from alerts.lifecycle.loader import RulesError, load_rules
from tests.support.alerting.rule_file import changed, said_of, the_model

LEAST = '[alerts]\nname = "x"\n[routes.all]\n'
DROP = '[rules.drop{}]\nkind = "drop"\npoints = {}\n'


@pytest.mark.parametrize("name", ["a-b", '"ä"', '"a b"', f"{'x' * 41}", '""'])
def test_names_are_plain_because_ids_labels_and_consumer_groups_have_them(name: str) -> None:
    line, key, words = said_of(changed("[rules.silent]", f"[rules.{name}]"))
    assert line > 0
    assert key.startswith("rules.")
    assert words == "a name is 1 to 40 letters (a-z), digits and underscores; rename it"


def test_no_rule_is_called_as_that_of_the_guard() -> None:
    line, key, words = said_of(changed("[rules.silent]", "[rules.guard]"))
    assert (line > 0, key) == (True, "rules.guard")
    assert words == "a route takes this for the guard's own alerts; rename the rule"


def test_without_a_rule_there_is_nothing_to_tell() -> None:
    with pytest.raises(RulesError, match=r"rules: there is no rule, so there would never be an alert; add \[rules"):
        load_rules(LEAST, the_model())


def test_there_is_a_most_of_rules() -> None:
    most = "".join(DROP.format(number, 1 + number / 10) for number in range(RULES_MAX))
    assert len(load_rules(LEAST + most, the_model()).rules) == RULES_MAX
    with pytest.raises(RulesError, match="rules: there are 65 tables, and the most is 64; remove some"):
        load_rules(LEAST + most + DROP.format("more", 9), the_model())


def test_there_is_a_most_of_routes() -> None:
    routes = "".join(f"[routes.r{number}]\ncontinue = true\nto = ['none']\n" for number in range(ROUTES_MAX))
    with pytest.raises(RulesError, match="routes: there are 33 tables, and the most is 32"):
        load_rules(LEAST + DROP.format(1, 15) + routes, the_model())
