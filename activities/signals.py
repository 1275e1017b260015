"""What higher apps hear about sessions. Sent inside the transaction; a receiver's failure undoes the verb.

Keyword arguments: ``session``, ``by`` and ``now``; of a move also ``was_at``, the earlier start. Receivers read the
state again.
"""

from django.dispatch import Signal

session_cancelled = Signal()
session_closed = Signal()
session_moved = Signal()
# Asked with ``rows``, the crew assignments as they would stand: a receiver says no by raising ``CrewTaken``.
crew_named = Signal()
