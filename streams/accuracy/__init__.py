"""Forecast accuracy: the predictions of each day, and what became of the contracts."""
