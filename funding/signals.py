"""What the money tells the rooms above: one signal, sent inside the transaction."""

from django.dispatch import Signal

# Keyword arguments: ``settlement`` and ``payout``, both as they are now.
payout_changed = Signal()
