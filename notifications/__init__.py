"""How a message reaches a person: outbox, inbox, channels. Knows no domain noun."""
