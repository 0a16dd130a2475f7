"""Compiled readers of single properties of events."""
