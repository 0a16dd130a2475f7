"""The inputs of a partition: what is read of each and not applied, and the order in which it is applied."""
