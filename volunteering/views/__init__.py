"""Pages for volunteers, and for those to whom they report."""
