"""The commands below `vitals gateway`."""
