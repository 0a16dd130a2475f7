"""Alerts: the queue of work, cases with their decisions, and what a rule file would open."""
