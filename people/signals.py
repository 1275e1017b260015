"""What higher apps hear about families. Sent inside the transaction; a receiver's failure undoes the change.

``birth_date_changed`` asks with ``child``, as the record would stand, and ``now``: a receiver says no by raising.
``names_shown`` tells, with ``purpose``, ``by`` and ``now``, that staff are about to be shown the names of ``children``,
given by their numbers; it is sent outside a transaction.
"""

from django.dispatch import Signal

birth_date_changed = Signal()
names_shown = Signal()
