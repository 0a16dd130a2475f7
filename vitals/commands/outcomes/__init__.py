"""Commands about what became of accounts: `vitals calibrate`, `vitals accuracy`."""
