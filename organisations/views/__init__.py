"""Pages about organisations: admission, members, venues."""
