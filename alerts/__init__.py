"""Alerts: what a change of tier becomes, and how it reaches people (Slack, a webhook, the terminal)."""
