"""Alerts: from a tier change to a notification, and to people (Slack, a webhook, the terminal)."""
