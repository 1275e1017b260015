"""Sections about shifts on other apps' pages."""
