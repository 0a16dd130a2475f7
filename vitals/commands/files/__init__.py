"""What commands that read files of events have in common, and `vitals import`."""
