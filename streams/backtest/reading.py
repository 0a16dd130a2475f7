"""A report read aloud: its first line, what may be concluded from it, and what may not. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from streams.backtest.estimate import Estimate
from streams.backtest.report import (
    AlertPrecision,
    Comparison,
    Horizon,
    LeadTime,
    ModelReport,
    Report,
    Verdict,
    Yardstick,
)

HEADLINE_DAYS = 60
FEW_CHURNED = 50
"""With fewer accounts that churned, intervals are wide enough to be warned of."""
_WORDS: dict[Verdict, str] = {
    "skill": "skill",
    "no skill": "no skill",
    "worse than chance": "worse than chance",
    "too few outcomes": "too few outcomes to say",
}
_RANK = ("no skill", "worse than chance", "too few outcomes", "skill")


def reading(report: Report) -> Report:
    """The report with its sentences."""
    return msgspec.structs.replace(
        report, says=first_line(report), may=tuple(_may(report)), may_not=tuple(_may_not(report))
    )


def headline(model: ModelReport) -> Horizon:
    """The horizon that is spoken of: 60 days, or the longest before it that has an interval, or else the next."""
    said = [each for each in model.horizons if each.verdict != "too few outcomes"]
    shorter = [each for each in said if each.days <= HEADLINE_DAYS]
    if shorter or said:
        return (shorter or said[:1])[-1]
    return max(model.horizons, key=lambda each: each.churned_rows)


def first_line(report: Report) -> str:
    """«no skill: …» if no model has any; else what each has, those without skill first."""
    lines = sorted(
        ((_RANK.index(headline(model).verdict), _line(model)) for model in report.models), key=lambda each: each[0]
    )
    return "; ".join(line for _, line in lines) + "."


def _line(model: ModelReport) -> str:
    """«no skill: default at 60 days ahead (ROC-AUC 0.51, 0.45 to 0.57; 17 accounts churned)»"""
    found = headline(model)
    words = f"{_WORDS[found.verdict]}: {model.model} at {found.days} days ahead ({area(found)})"
    others: dict[str, list[str]] = {}
    for each in model.horizons:
        if each.verdict not in (found.verdict, "too few outcomes"):
            others.setdefault(_WORDS[each.verdict], []).append(str(each.days))
    return ", ".join((words, *(f"{verdict} at {' and '.join(days)} days" for verdict, days in others.items())))


def area(found: Horizon) -> str:
    """«ROC-AUC 0.51, 0.45 to 0.57; 17 accounts churned»"""
    churned = f"{found.churned_accounts:,} account{'' if found.churned_accounts == 1 else 's'} churned"
    return f"ROC-AUC {number(found.roc_auc)}; {churned}"


def number(figure: Estimate) -> str:
    """«0.51, 0.45 to 0.57»; «–» without a value.

    >>> number(Estimate(0.512, 0.45, 0.57)), number(Estimate(0.5)), number(Estimate())
    ('0.51, 0.45 to 0.57', '0.50', '–')
    """
    if figure.value is None:
        return "–"
    return f"{figure.value:.2f}" + ("" if figure.low is None else f", {figure.low:.2f} to {figure.high:.2f}")


def percent(figure: Estimate) -> str:
    """«33 % (20 to 46)», with a decimal below 10 %.

    >>> percent(Estimate(0.331, 0.2, 0.46)), percent(Estimate(0.012, 0.01, 0.02)), percent(Estimate())
    ('33 % (20 to 46)', '1.2 % (1.0 to 2.0)', '–')
    """
    if figure.value is None:
        return "–"
    digits = 1 if figure.value < 0.1 else 0
    bounds = (
        ""
        if figure.low is None or figure.high is None
        else f" ({100 * figure.low:.{digits}f} to {100 * figure.high:.{digits}f})"
    )
    return f"{100 * figure.value:.{digits}f} %{bounds}"


def days(figure: Estimate) -> str:
    """«16 (12 to 22)», in days."""
    if figure.value is None:
        return "–"
    return f"{figure.value:.0f}" + ("" if figure.low is None else f" ({figure.low:.0f} to {figure.high:.0f})")


# --- what may be concluded


def _may(report: Report) -> Iterator[str]:
    for model in report.models:
        found = headline(model)
        if found.verdict == "too few outcomes":
            yield f"{model.model}: nothing, since too few accounts churned ({found.churned_accounts:,}) or stayed."
            continue
        yield _ranking(model, found)
        if found.verdict == "skill":
            yield _catch(model, found)
            yield from (_early(model, lead) for lead in model.lead_times[:1] if lead.p50.value is not None)
            yield from (_alerts(model, each) for each in model.alerts if _is_headline(each, found))
    yield from _beside(report)
    yield from _better(report)


def _ranking(model: ModelReport, found: Horizon) -> str:
    if found.verdict == "no skill":
        return (
            f"{model.model} at {found.days} days: the score ranks those who churn no better than a coin would "
            f"(ROC-AUC {number(found.roc_auc)}). Do not act on it."
        )
    if found.verdict == "worse than chance":
        return (
            f"{model.model} at {found.days} days: high scores churn more than low ones; the model is upside down here."
        )
    return (
        f"{model.model} at {found.days} days: of one account that churns and one that stays, the score puts the "
        f"churning one lower in {percent(found.roc_auc)} of pairs."
    )


def _catch(model: ModelReport, found: Horizon) -> str:
    flag = found.flagged[0]
    return (
        f"{model.model}: {flag.flag} is {percent(flag.share_flagged)} of accounts and holds {percent(flag.recall)} of "
        f"the churn of the next {found.days} days. Of those flagged {percent(flag.precision)} churned in time; of all, "
        f"{percent(found.base_rate)}."
    )


def _early(model: ModelReport, lead: LeadTime) -> str:
    return (
        f"{model.model}: {percent(lead.share_caught)} of the accounts that churned were {lead.flag} at the last look "
        f"before; half of those had been so for {days(lead.p50)} days or more."
    )


def _alerts(model: ModelReport, each: AlertPrecision) -> str:
    return (
        f"{model.model}: of {each.rule}, {percent(each.precision)} were followed by an outcome within {each.days} days "
        f"({each.followed:,} of {each.alerts:,})."
    )


def _is_headline(each: AlertPrecision, found: Horizon) -> bool:
    return (
        each.days == found.days
        and each.rule.startswith("falls to")
        and each.rule.endswith("3 days")
        and each.alerts > 0
    )


def _beside(report: Report) -> Iterator[str]:
    model = report.models[0]
    found = headline(model)
    plain = [each for each in report.yardsticks if each.days == found.days and each.roc_auc.value is not None]
    if not plain or found.roc_auc.value is None:
        return
    best = max(plain, key=_value)
    gain = found.roc_auc.value - _value(best)
    words = f"{abs(gain):.2f} {'above' if gain > 0 else 'below'}" if abs(gain) >= 0.005 else "level with"
    yield (
        f"Beside {model.model}, the best plain yardstick at {found.days} days is {best.label}: ROC-AUC "
        f"{number(best.roc_auc)}. The score is {words} it."
    )


def _value(yardstick: Yardstick) -> float:
    return yardstick.roc_auc.value or 0.0


def _better(report: Report) -> Iterator[str]:
    """Which of two models ranks better, where that is no chance; and that others cannot be told apart."""
    shown = [each for each in report.comparisons if each.days == headline(report.models[0]).days]
    alike = [each for each in shown if each.roc_auc_difference.low is not None and each.roc_auc_difference.holds(0.0)]
    for each in shown:
        if not each.rows:
            yield f"{each.model} and {each.other} have no account and instant in common that both judge: no comparison."
        elif each not in alike and each.roc_auc_difference.low is not None:
            yield _difference(each)
    if len(alike) == 1:
        (each,) = alike
        yield (
            f"{each.model} and {each.other} cannot be told apart at {each.days} days (difference "
            f"{number(each.roc_auc_difference)})."
        )
    elif alike:
        which = "No two models" if len(alike) == len(shown) else f"The other {len(alike)} pairs of models"
        yield f"{which} can{'' if len(alike) == len(shown) else 'not'} be told apart at {alike[0].days} days."


def _difference(each: Comparison) -> str:
    first, second = each.model, each.other
    if (each.roc_auc_difference.value or 0) < 0:
        first, second = second, first
    return f"{first} ranks better than {second} at {each.days} days (difference {number(each.roc_auc_difference)})."


# --- what may not


def _may_not(report: Report) -> Iterator[str]:
    yield "That a low score causes churn, or that raising it keeps an account: this is one history, without a trial."
    yield "That next year will be like this one: the figures are of these accounts, in this time."
    churned = max((each.churned_accounts for model in report.models for each in model.horizons), default=0)
    if churned < FEW_CHURNED:
        yield (
            f"Anything that hangs on a narrow difference: {churned:,} accounts churned, and the intervals are wide. As "
            f"a rule of thumb, 50 give a first picture and 200 a firm one."
        )
    if len(report.models) > 1:
        yield "That the best of several models is as good as it looks here: it was picked on the same data."
    censored = [each.days for each in report.models[0].horizons if each.censored and not each.rows]
    if censored:
        yield (
            f"Anything at {' and '.join(map(str, censored))} days ahead: the history is shorter than the horizon, so "
            f"that nobody was watched to its end."
        )
    yield "How well an account is that has no score, is too new or was excluded: it is not in these figures."
