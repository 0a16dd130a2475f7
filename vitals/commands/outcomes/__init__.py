"""Commands about what became of accounts: `vitals backtest`, `vitals calibrate`, `vitals accuracy`."""
