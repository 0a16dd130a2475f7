"""The live part: one stream of server-sent events a tab, with the visible rows only."""
