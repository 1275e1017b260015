"""Pages: one's own clearance, the records of others, consents."""
