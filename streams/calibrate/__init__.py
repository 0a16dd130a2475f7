"""Calibration: what a model's scores have meant for outcomes, and what its weights and bounds could be instead.

Statistics over arrays, for `vitals calibrate`. Needs the extra `calibrate` (numpy, scipy, scikit-learn).
"""
