"""The life of alerts: rules, cases and decisions. Pure."""
