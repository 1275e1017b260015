"""What higher apps hear about families. Sent inside the transaction; a receiver's failure undoes the change.

``birth_date_changed`` asks with ``child``, as the record would stand, and ``now``: a receiver says no by raising.
"""

from django.dispatch import Signal

birth_date_changed = Signal()
