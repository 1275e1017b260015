"""Concerns: that a child may be at risk. Taken in, handed on and followed up behind a wall of their own."""
