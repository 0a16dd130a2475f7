"""Writes a book of invented accounts whose truth is known, for the back-test and calibration."""
