"""The back-test: what scores were worth, measured by what came after them. Needs the extra `calibrate`."""
