"""The team: KPIs, and what became of each owner's accounts."""
