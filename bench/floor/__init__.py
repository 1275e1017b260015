"""The floor that the benches measure against."""
