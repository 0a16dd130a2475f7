"""The oracle: the slow, obvious batch answer from the full list of events, which the fold is held to.

It is written from the definitions (the docstrings of `scoring.model.schema`), and shares with the fold the model's
values, the durations they are written in, and the fingerprint that breaks ties: nothing that keeps state, and nothing
compiled.
"""

from scoring.oracle.events import OracleEvent
from scoring.oracle.score import OracleScore, norms_of, score_of, tier_of, verdicts
from scoring.oracle.signals import Fact, fact

__all__ = ["Fact", "OracleEvent", "OracleScore", "fact", "norms_of", "score_of", "tier_of", "verdicts"]
