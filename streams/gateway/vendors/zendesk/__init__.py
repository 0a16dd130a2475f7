"""Zendesk: the events of tickets, users and organizations, and the bodies of triggers. Pure."""
