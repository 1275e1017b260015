"""Pages about families: a guardian's own children, an office's families, a youth's own login."""
