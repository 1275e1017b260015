"""What the money tells the rooms above, sent inside the transaction."""

from django.dispatch import Signal

# Keyword arguments: ``settlement`` and ``payout``, both as they are ``now``; no payout where all was set off. A batch
# prepares and sends its transfers without it: their settlements do not change by that, and nothing above acts on it.
payout_changed = Signal()

# Keyword arguments: ``commitments``, their keys, and the ``line`` that pays for them from now on.
commitments_carried = Signal()
