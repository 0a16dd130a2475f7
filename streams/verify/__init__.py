"""Whether answers are right: evidence from the log, held against the oracle."""
