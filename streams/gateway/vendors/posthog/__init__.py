"""PostHog: what its SDKs send to capture events, and its webhook destinations."""
