"""Alerts by e-mail, over SMTP."""
