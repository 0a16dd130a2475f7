"""Stands for Slack: its Web API, its limits, and pictures of its messages."""
