"""Intercom: notifications of conversations, tickets, companies and contacts. Pure."""
