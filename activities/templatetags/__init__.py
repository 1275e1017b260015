"""Sections about sessions and reviews on other apps' pages."""
