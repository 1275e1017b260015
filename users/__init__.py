"""The login: a person's account, known by e-mail or phone."""
