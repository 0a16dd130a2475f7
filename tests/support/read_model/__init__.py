"""The read model in tests."""
