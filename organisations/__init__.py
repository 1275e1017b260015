"""Who acts for whom, and where: regions, organisations, memberships and roles, venues."""
