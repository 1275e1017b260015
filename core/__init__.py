"""Vocabulary without domain nouns: money, time, errors, locking, history, access. No concrete model."""
