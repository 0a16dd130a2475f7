"""Invented accounts whose truth is known: steady ones of several rhythms, and a book of which some leave.

Pure and seeded: the same arguments, the same events. Tests and the benchmarks use them.
"""
