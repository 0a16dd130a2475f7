"""The pure core: events, windows, signals, models, scores and their explanation.

Values in, values out. No clock, no environment, no logging, no network. Only `scoring.event.event` reads bytes.
"""
