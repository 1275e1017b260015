"""Pages: sessions for everybody, sign-up and ticket for families, the list for staff, reviews."""
