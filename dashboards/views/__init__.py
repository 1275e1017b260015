"""Start pages and exports."""
