"""What the money tells the rooms above: one signal, sent inside the transaction."""

from django.dispatch import Signal

# Keyword arguments: ``settlement`` and ``payout``, both as they are now. A batch prepares and sends its transfers
# without it: their settlements do not change by that, and nothing above acts on it.
payout_changed = Signal()
