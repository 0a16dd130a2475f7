"""What each vendor sends, read into events, aliases and refusals. Pure: no clock, no network, no logs."""
