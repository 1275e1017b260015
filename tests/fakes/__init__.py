"""Stand-ins for services of others, for tests alone."""
