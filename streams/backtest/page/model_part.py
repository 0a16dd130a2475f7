"""One model on the page: whole figures, flags, alerts, lead times, probabilities and segments."""

from __future__ import annotations

from streams.backtest.page import charts
from streams.backtest.page.tables import CLASS, Cell, details, share, table, text
from streams.backtest.reading import days, headline
from streams.backtest.report import Horizon, ModelReport


def model_part(model: ModelReport) -> str:
    found = headline(model)
    parts = [
        f"<h2>{text(model.model)} <span class='dim'>version {model.version}</span></h2>",
        _tiers(model),
        _horizons(model),
        _flags(model),
        _alerts(model, found),
        _leads(model),
        _reliability(found),
        _segments(model, found),
    ]
    return "".join(parts)


def _tiers(model: ModelReport) -> str:
    tiers = ", ".join(f"{text(tier)} {100 * part:.0f} %" for tier, part in model.tiers.items())
    left_out = "; ".join(f"{each.rows:,} since {text(each.words)}" for each in model.excluded if each.rows)
    return f'<p class="dim">Tiers of the rows: {tiers}. Rows left out: {left_out or "none"}.</p>'


def _horizons(model: ModelReport) -> str:
    rows: list[tuple[Cell, ...]] = []
    for each in model.horizons:
        given = each.probability
        rows.append(
            (
                f"{each.days} days",
                f"{each.churned_accounts:,} of {each.accounts:,}",
                f"{each.rows:,}",
                share(each.base_rate),
                each.roc_auc,
                each.pr_auc,
                "–" if given is None or given.brier.value is None else f"{given.brier.value:.4f}",
                "–" if given is None else share(given.skill),
                f"<span class='{CLASS[each.verdict]}'>{each.verdict}</span>",
            )
        )
    head = ("ahead", "churned", "rows", "base rate", "ROC-AUC", "PR-AUC", "Brier", "Brier skill", "says")
    return table("Whole figures", head, rows)


def _flags(model: ModelReport) -> str:
    rows: list[tuple[Cell, ...]] = []
    for flag in [each.flag for each in model.horizons[0].flagged]:
        for each in model.horizons:
            of = next(found for found in each.flagged if found.flag == flag)
            if each.rows:
                rows.append(
                    (f"{flag}, {each.days} days", *map(share, (of.share_flagged, of.recall, of.precision)), of.lift)
                )
    head = ("flag", "share flagged", "recall", "precision", "lift")
    return table("What flags catch", head, rows)


def _alerts(model: ModelReport, found: Horizon) -> str:
    shown = [each for each in model.alerts if each.days == found.days]
    if not shown:
        return ""
    plot = charts.alerts(f"Alerts of {model.model} that an outcome followed", shown)
    rows: list[tuple[Cell, ...]] = [
        (
            f"{each.rule}, {each.days} days",
            f"{each.followed:,} of {each.alerts:,}",
            share(each.precision),
            each.per_account_month,
        )
        for each in model.alerts
    ]
    rows_of = table("", ("rule", "followed", "precision", "alerts an account and 30 days"), rows)
    return (
        f"<h3>Were alerts right?</h3><figure>{plot}<figcaption>The share of falls of tier that an outcome followed "
        f"within {found.days} days.</figcaption></figure>{details('All horizons', rows_of)}"
    )


def _leads(model: ModelReport) -> str:
    if not model.lead_times:
        return ""
    plot = charts.lead_times(f"Lead times of {model.model}, in days", model.lead_times)
    rows: list[tuple[Cell, ...]] = [
        (
            each.flag,
            f"{each.caught:,} of {each.churned:,}",
            share(each.share_caught),
            days(each.p25),
            days(each.p50),
            days(each.p75),
            *(share(part.share) for part in each.ahead),
        )
        for each in model.lead_times
    ]
    ahead = (f"{part.days} days or more" for part in model.lead_times[0].ahead)
    rows_of = table("", ("flag", "caught", "share", "p25", "p50", "p75", *ahead), rows)
    return (
        f"<h3>How early?</h3><figure>{plot}<figcaption>Days from the first flag that held until the outcome: the "
        f"middle half of the accounts that were caught, and their median.</figcaption></figure>{rows_of}"
    )


def _reliability(found: Horizon) -> str:
    given = found.probability
    if given is None:
        return ""
    plot = charts.reliability(f"Reliability, {found.days} days ahead", given.reliability)
    rows: list[tuple[Cell, ...]] = [
        (
            f"{each.score_from:.1f} to {each.score_to:.1f}",
            f"{each.rows:,}",
            f"{100 * each.predicted:.1f} %",
            share(each.observed),
        )
        for each in given.reliability
    ]
    parts = ", ".join(
        f"{words} {each.value:.4f}"
        for words, each in (
            ("miscalibration", given.miscalibration),
            ("discrimination", given.discrimination),
            ("uncertainty", given.uncertainty),
        )
        if each.value is not None
    )
    rows_of = table("", ("score", "rows", "probability", "churned"), rows)
    return (
        f"<h3>As a probability</h3><figure>{plot}<figcaption>Each point is a tenth of the rows by score. Probabilities "
        f"are {text(given.calibration)}. Brier score in parts: {parts}.</figcaption></figure>"
        f"{details('By tenth', rows_of)}"
    )


def _segments(model: ModelReport, found: Horizon) -> str:
    rows: list[tuple[Cell, ...]] = []
    for segment in model.segments:
        each = next(horizon for horizon in segment.horizons if horizon.days == found.days)
        flag = each.flagged[0]
        name = segment.segment or "(none)"
        churned = f"{each.churned_accounts:,} of {each.accounts:,}"
        rows.append((name, churned, share(each.base_rate), each.roc_auc, share(flag.share_flagged), share(flag.recall)))
    head = ("segment", "churned", "base rate", "ROC-AUC", "share flagged", "recall")
    return table(f"By segment, {found.days} days ahead", head, rows) if rows else ""
