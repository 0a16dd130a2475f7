"""Tickets: one for each case, opened, commented and closed with it, in the systems that people already use."""
