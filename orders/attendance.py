"""Who came to an order's sessions: the figures by which the office confirms and the League settles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from activities import queries
from activities.models import Session
from orders import policies
from orders.models import Order, PlannedSession
from orders.statuses import Side
from organisations.acting import Acting

FEW = 5  # so many children are a figure; fewer could be told apart, and only the session's own people count them


@dataclass(frozen=True)
class Turnout:
    """How many were expected in a closed session and how many of them were checked in."""

    expected: int
    came: int
    is_exact: bool = True

    @property
    def sentence(self) -> str:
        """Say both; fewer than five are not counted out to outsiders."""
        if not self.expected:
            return _("nobody had signed up")
        if not self.came:
            return _("none of %(expected)d came") % {"expected": self.expected}
        if self.came < FEW and not self.is_exact:
            return _("fewer than %(few)d came") % {"few": FEW}
        return _("%(came)d of %(expected)d came") % {"came": self.came, "expected": self.expected}

    @property
    def is_hidden(self) -> bool:
        """Whether the figure is too small to be told."""
        return not self.is_exact and 0 < self.came < FEW


def turnouts(order: Order, planned: Iterable[PlannedSession], by: Acting) -> dict[int, Turnout]:
    """Return the turnout of each closed session, by position; ``session`` is joined. One query, if one is closed."""
    rows = [(one.position, one.session) for one in planned if one.session is not None]
    closed = {position: row.pk for position, row in rows if row.status == Session.Status.CLOSED}
    if not closed:
        return {}
    counted = queries.attendance_counts(closed.values())
    is_exact = policies.side_of(by, order) == Side.PROVIDER
    return {position: Turnout(*counted.get(pk, (0, 0)), is_exact) for position, pk in closed.items()}


def total(rows: Sequence[Turnout]) -> Turnout | None:
    """Return the sum; nothing where it would give a hidden figure away, or where no session is closed."""
    if not rows or any(row.is_hidden for row in rows):
        return None
    return Turnout(sum(row.expected for row in rows), sum(row.came for row in rows), rows[0].is_exact)
