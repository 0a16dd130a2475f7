"""The oracle: the slow, obvious batch answer from the full list of events, which the fold is held to.

It is written from the definitions (the docstrings of `scoring.model.schema`), and shares with the fold the model's
values, the durations they are written in, and the fingerprint that breaks ties: nothing that keeps state, and nothing
compiled.
"""

from scoring.oracle.events import Happened
from scoring.oracle.score import Verdict, norms_of, score_of, tier_of, verdicts
from scoring.oracle.signals import Fact, fact

__all__ = ["Fact", "Happened", "Verdict", "fact", "norms_of", "score_of", "tier_of", "verdicts"]
