"""The records of the changelog: an account and a partition as bytes."""
