"""Duty of care: consents, checks, pledges, and the one gate in front of every session with minors."""
