"""The oracle: the slow, obvious batch computation from the full list of events, against which the fold is tested.

It follows the definitions (the docstrings of `scoring.model.schema`). It shares with the fold only the model's values,
the parsing of durations and the fingerprint that breaks ties: no stored state and no compiled plan.
"""

from scoring.oracle.events import OracleEvent
from scoring.oracle.score import OracleScore, norms_of, score_of, tier_of, verdicts
from scoring.oracle.signals import Fact, fact

__all__ = ["Fact", "OracleEvent", "OracleScore", "fact", "norms_of", "score_of", "tier_of", "verdicts"]
