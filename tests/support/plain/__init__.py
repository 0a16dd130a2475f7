"""Plain folds in memory, that faster ones must equal."""
