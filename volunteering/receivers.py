"""What shifts do when something happens to their session."""

from typing import Any

from django.dispatch import receiver

from activities.signals import crew_named, session_cancelled, session_moved
from safeguarding.signals import clearance_lost
from volunteering import assignments, moving, shifts, sweeps


@receiver(session_cancelled, dispatch_uid="volunteering.session_cancelled")
def end_shifts(sender: object, **about: Any) -> None:
    """Cancel the session's shifts."""
    shifts.end_with_session(about["session"], by=about["by"], now=about["now"])


@receiver(session_moved, dispatch_uid="volunteering.session_moved")
def move_shifts(sender: object, **about: Any) -> None:
    """Move the session's shifts along."""
    moving.move_with_session(about["session"], was_at=about["was_at"], by=about["by"], now=about["now"])


@receiver(crew_named, dispatch_uid="volunteering.crew_named")
def refuse_double_duty(sender: object, **about: Any) -> None:
    """Refuse for the crew who has a volunteer's place at that time."""
    assignments.refuse_double_duty(about["rows"])


@receiver(clearance_lost, dispatch_uid="volunteering.clearance_lost")
def leave_future_duties(sender: object, **about: Any) -> None:
    """Take the person out of every shift and session to come."""
    sweeps.enforce_clearance(about["now"], user=about["user"], by=about["by"])
    sweeps.enforce_crew_clearance(about["now"], user=about["user"], by=about["by"])
