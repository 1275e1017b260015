"""One session of an approved order does not take place, such as for the weather; the rest of the order goes on."""

from datetime import datetime

from django.utils.translation import gettext as _

from activities import lifecycle as sessions
from activities.models import Session
from core.errors import DomainError
from core.formats import daytime_text
from core.locking import retried
from orders.lifecycle.edge import ReasonMissing, _move, require_as_seen
from orders.models import PlannedSession, RescheduleProposal
from orders.statuses import Verb
from organisations.acting import Acting


class NotToCome(DomainError):
    """The session has begun, is over, or was called off before."""


@retried
def call_off(planned: PlannedSession, *, by: Acting, now: datetime, note: str, sequence: int | None = None) -> Session:
    """Call one session off: its families, crew and volunteers are told, and the parties of the order.

    What is not held is not paid: the settlement counts it as such. ``sequence`` is the session's number that the
    person's page showed; an open proposal of another date ends.

    Raises:
        ReasonMissing: no reason is given.
        NotToCome: it has begun, is over, or is off already.
        MovedMeanwhile: it was moved since the person looked.
    """
    if not note.strip():
        raise ReasonMissing(_("Write the reason; the others will read it."), field="note")
    with _move(planned.order, Verb.CALL_OFF, by=by, now=now, note=_about(planned, note)):
        fresh = PlannedSession.objects.select_related("session").get(pk=planned.pk)
        session = _to_come(fresh, now)
        require_as_seen(session, sequence)
        fresh.proposals.filter(status=RescheduleProposal.Status.OPEN).update(status=RescheduleProposal.Status.WITHDRAWN)
        return sessions.cancel(session, by=by, now=now, reason=note)


def _about(planned: PlannedSession, note: str) -> str:
    words = {"number": planned.position, "moment": daytime_text(planned.starts_at), "note": note.strip()}
    return _("Session %(number)d on %(moment)s. %(note)s") % words


def _to_come(planned: PlannedSession, now: datetime) -> Session:
    session = planned.session
    if session is not None and session.status == Session.Status.CANCELLED:
        raise NotToCome(_("It was called off already."))
    if session is None or session.status != Session.Status.SCHEDULED or session.starts_at <= now:
        raise NotToCome(_("It has begun or is over; it cannot be called off any more."))
    return session
