"""Commands about the whole fleet of accounts."""
