"""The forms that a file of events may have. Each is read into NDJSON, so that all that follows knows one form only."""
