"""What a back-test reads: the outcomes in events and in files of labels."""
