"""The report for Prometheus's textfile collector."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from scoring.instants import DAY_MS
from streams.alerting.report import Book, measured
from streams.alerting.report_metrics import metrics_text
from streams.backtest.outcomes import Outcomes
from tests.builders import an_alert_step


def test_prometheus_reads_what_is_written_whatever_a_rule_is_called() -> None:
    outcomes = Outcomes(kind="churn", definition="left", at_ms={"acme": 20 * DAY_MS}, observed_until_ms=90 * DAY_MS)
    book = Book(first_ms={"acme": 0}, outcomes=outcomes, since_ms=0, until_ms=90 * DAY_MS)
    report = measured([an_alert_step(as_of_ms=10 * DAY_MS, rule='odd "name"\\\n')], book)
    families = {each.name: each for each in text_string_to_metric_families(metrics_text(report))}
    precision = {
        (sample.labels["rule"], sample.labels["severity"]): sample.value
        for sample in families["vitals_alerts_report_precision"].samples
    }
    assert precision == {("", ""): 1.0, ('odd "name"\\\n', "critical"): 1.0}
    assert families["vitals_alerts_report_until_timestamp_seconds"].samples[0].value == 90 * 86_400


def test_a_figure_that_there_is_not_has_no_line() -> None:
    outcomes = Outcomes(kind="churn", definition="left", at_ms={}, observed_until_ms=0)
    report = measured([], Book(first_ms={}, outcomes=outcomes, since_ms=0, until_ms=0))
    assert "vitals_alerts_report_precision{" not in metrics_text(report)
