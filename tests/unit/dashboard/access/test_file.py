"""The dashboard file: what it may say, and errors that name the line and the fix."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dashboard.doors.file import load_dashboard_file, read_dashboard_file
from dashboard.doors.opening import open_doors
from dashboard.values.dashboard_file import KPIS, LINKS, DashboardFile, KpiRule
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.dashboard_metrics import DashboardMetrics

HEAD = """[doors]
address = "https://vitals.example"
"""
OIDC = f"""{HEAD}
[doors.oidc]
issuer = "https://id.example"
client_id = "vitals"
client_secret = "VITALS_SECRET_OIDC"
"""
PROXY = f"""{HEAD}
[doors.proxy]
addresses = ["10.0.0.7", "10.1.0.0/16", "fd00::/64"]
"""


def test_the_least_file_of_each_door_is_taken() -> None:
    oidc, proxy = load_dashboard_file(OIDC).doors, load_dashboard_file(PROXY).doors
    assert oidc is not None
    assert oidc.oidc is not None
    assert oidc.session_hours == 12
    assert proxy is not None
    assert proxy.proxy is not None
    assert len(load_dashboard_file(OIDC).kpis) == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing says who may come in"),
        ("currency = ", "not TOML"),
        ('currencey = "EUR"', "line 1: currencey: no such key; did you mean currency?"),
        (HEAD, "line 1: doors: people come in by exactly one door"),
        (OIDC + PROXY.removeprefix(HEAD), "line 1: doors: people come in by exactly one door"),
        (
            OIDC.replace("https://vitals", "http://vitals"),
            "line 2: doors.address: 'http://vitals.example' cannot be used",
        ),
        (OIDC.replace("https://id", "http://id"), "line 5: doors.oidc.issuer:"),
        (OIDC.replace("VITALS_SECRET_OIDC", "hunter2!"), "what is given is not the name of a secret"),
        (OIDC + 'role_claim = "groups"\n[doors.oidc.roles]\ncs = "owner"', "no role is called 'owner'"),
        (OIDC + '[doors.oidc.roles]\ncs = "csm"', "nothing says where roles are"),
        (OIDC + 'scopes = ["email"]', "without openid"),
        (OIDC.replace("[doors]", "[doors]\nsession_hours = 1000"), "up to 168 hours"),
        (PROXY.replace("10.1.0.0/16", "0.0.0.0/0"), "doors.proxy.addresses[1]: anybody in 0.0.0.0/0"),
        (PROXY.replace("10.0.0.7", "proxy.internal"), "is neither an IP nor a network"),
        (PROXY.replace('"10.0.0.7", "10.1.0.0/16", "fd00::/64"', ""), "no proxy is given"),
        (PROXY + 'user_header = "a b"', "no header can be called that"),
        (OIDC + '[links]\ncrm = "javascript:alert(1)//{id}"', "links.crm: write an address"),
        (OIDC + '[kpis.call]\nlabel = "Calls"\nevents = ["call_held"]\ndays = 30\ntarget = 80', "80 is no share"),
        ('zone = "Europe/Berln"\n' + OIDC, "did you mean 'Europe/Berlin'?"),
        ('currency = "euro"\n' + OIDC, "no code of ISO 4217"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line_and_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        load_dashboard_file(text)
    assert words.replace("'", "") in str(raised.value).replace("'", ""), str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_what_is_not_set_says_what_to_set() -> None:
    with pytest.raises(UserError, match="VITALS_DASHBOARD is not set"):
        read_dashboard_file("")
    assert read_dashboard_file("local") == DashboardFile()


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        (OIDC, {}, "VITALS_SECRET_DASHBOARD, which is needed, is not set"),
        (PROXY, {}, "VITALS_SECRET_DASHBOARD, which is needed, is not set"),
        (OIDC, {"VITALS_SECRET_DASHBOARD": "short"}, "shorter than 32 characters"),
        (OIDC, {"VITALS_SECRET_DASHBOARD": "k" * 32}, "VITALS_SECRET_OIDC, which is needed, is not set"),
        (PROXY, {"VITALS_SECRET_DASHBOARD": "k" * 32, "VITALS_SECRET_DASHBOARD_OLD": "x"}, "_OLD is shorter"),
    ],
)
def test_a_secret_that_is_missing_is_named(text: str, environment: Mapping[str, str], words: str) -> None:
    with pytest.raises(UserError) as raised:
        open_doors(load_dashboard_file(text), Settings(), environment, DashboardMetrics())
    assert words in str(raised.value)


def test_a_file_that_names_one_kpi_and_one_link_keeps_the_others() -> None:
    rule = KpiRule(label="QBR cadence", events=("business_review",), days=92, target=0.8)
    file = DashboardFile(kpis={"qbr": rule}, links={"hubspot.company": "https://crm.example/{id}"})
    assert file.kpis == KPIS | {"qbr": rule}
    assert len(file.kpis) == 6
    assert file.links == LINKS | {"hubspot.company": "https://crm.example/{id}"}
