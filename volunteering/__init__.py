"""The people who help: shifts and assignments."""
