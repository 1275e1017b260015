"""What the clock does with sessions. Each task is safe to run twice and at once."""

from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from activities import cards, lifecycle, messages, waiting
from activities.models import Session, SignUp
from activities.queries import on_day


@shared_task(name="activities.sweep")
def sweep() -> None:
    """Act on every deadline that has passed, and fill what became free for reasons elsewhere."""
    run_sweep(timezone.now())


def run_sweep(now: datetime) -> None:
    """Expire offers, end the waits of closed sign-ups, fill, close after 72 hours, set right the cards."""
    waiting.expire_offers(now)
    waiting.refuse_rest(now)
    waiting.fill_all(now)
    lifecycle.close_overdue(now)
    cards.refresh_stale(now=now)


@shared_task(name="activities.refresh_card")
def refresh_card(programme_id: int) -> None:
    """Set a programme's card right after places were taken or freed."""
    cards.refresh(programme_id, now=timezone.now())


@shared_task(name="activities.remind")
def remind() -> None:
    """Remind the families and the crews of tomorrow's sessions."""
    run_reminders(timezone.now())


def run_reminders(now: datetime) -> int:
    """Tell those concerned about tomorrow, once per session and date. Return the number of sessions."""
    start, end = on_day(now, 1)
    rows = Session.objects.scheduled().filter(starts_at__gte=start, starts_at__lt=end).with_card_data()
    sessions = list(rows.order_by("starts_at", "pk"))
    for session in sessions:
        with transaction.atomic():
            _remind(session, now)
    return len(sessions)


def _remind(session: Session, now: datetime) -> None:
    """Tell guardians, youths with a login and the crew; a session moved since is a reminder of its own."""
    cause = f"tomorrow:{session.pk}:{session.sequence}"
    messages.tell_concerned(
        messages.concerned(SignUp.objects.confirmed().filter(session=session), now),
        kind="session_tomorrow",
        cause=cause,
        session=session,
        now=now,
        bring=session.version.bring,
        bring_en=session.version.bring_en,
    )
    messages.tell_crew(session, "crew_tomorrow", cause=f"crew:{cause}", now=now)
