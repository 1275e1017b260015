"""Addresses of this app: the admin, and names for standing pages."""
