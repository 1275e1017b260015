"""Measurements: each script says how to run it."""
