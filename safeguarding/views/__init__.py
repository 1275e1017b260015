"""Pages: one's own clearance, the records of others, consents, and whom to tell of a concern."""
