"""What higher apps hear about clearances. Sent inside the transaction; a receiver's failure undoes the record.

Keyword arguments: ``user``, ``by`` and ``now``. Receivers ask the gate again.
"""

from django.dispatch import Signal

# An adverse result or a suspension was written down: the person may lose duties to come.
clearance_lost = Signal()
