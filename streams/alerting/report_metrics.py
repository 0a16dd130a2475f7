"""The report as Prometheus reads it from a file: for the textfile collector of the node exporter. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from streams.accuracy.cohorts import Rate
from streams.alerting.report import AlertReport, RuleReport

_HELP = {
    "vitals_alerts_report_alerts": "Told steps that opened a case or made it worse.",
    "vitals_alerts_report_judged": "Those of which it is known whether a cancellation followed.",
    "vitals_alerts_report_precision": "The share of those judged that a cancellation followed.",
    "vitals_alerts_report_recall": "The share of churned accounts that had an alert within the horizon before.",
    "vitals_alerts_report_share_flagged": "The share of all accounts' time within the horizon after an alert.",
    "vitals_alerts_report_false_alarm_rate": "The share of accounts that stayed which were ever alerted.",
    "vitals_alerts_report_lead_days": "Days from the first alert to the cancellation, the median.",
    "vitals_alerts_report_messages_an_account_and_month": "Told steps of an account and 30 days.",
    "vitals_alerts_report_until_timestamp_seconds": "The end of the data of the report.",
}


def metrics_text(report: AlertReport) -> str:
    """The report in Prometheus's text format. A figure that there is not has no line."""
    lines: list[str] = []
    for name, words in _HELP.items():
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        if name.endswith("until_timestamp_seconds"):
            lines.append(f"{name} {report.until_ms / 1000:.3f}")
            continue
        for each in report.rules:
            value = dict(_values(each)).get(name)
            if value is not None:
                rule = each.rule.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                lines.append(f'{name}{{rule="{rule}",severity="{each.severity or ""}"}} {value:.9g}')
    return "\n".join(lines) + "\n"


def _values(each: RuleReport) -> Iterator[tuple[str, float | None]]:
    prefix = "vitals_alerts_report_"
    yield f"{prefix}alerts", each.alerts
    yield f"{prefix}judged", each.judged
    yield f"{prefix}precision", _share(each.precision)
    yield f"{prefix}recall", _share(each.recall)
    yield f"{prefix}share_flagged", each.share_flagged
    yield f"{prefix}false_alarm_rate", _share(each.false_alarm_rate)
    yield f"{prefix}lead_days", None if each.lead_days is None else each.lead_days.p50
    yield f"{prefix}messages_an_account_and_month", each.messages_an_account_and_month


def _share(rate: Rate | None) -> float | None:
    return None if rate is None else rate.value
