"""Drafts of model files, from findings in events."""
