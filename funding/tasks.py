"""What goes on by itself: unused allowances, and what a person began and left when they closed the page."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from core.time import today
from funding import allowances, approving, batches, gateway, matching
from funding.models import ApprovalRun, PayoutBatch, StatementImport
from funding.stripe import gifts, reconcile, transfers, webhooks
from organisations.acting import Acting, memberships_of
from organisations.models import Membership, Organisation
from users.models import User


@shared_task(name="funding.sweep")
def sweep() -> None:
    """Go on with what was begun and not finished."""
    run(timezone.now())


def run(now: datetime) -> int:
    """Go on with unfinished batches and statements as the persons who began them; return how many were finished.

    Who is no longer of the League's finance has their work left for a colleague, who sees it on its page.
    """
    done = 0
    for batch in PayoutBatch.objects.unfilled().select_related("league", "made_by").order_by("pk"):
        by = _again(batch.made_by, batch.league, now)
        done += by is not None and batches.fill(batch, by=by, now=now).filled_at is not None
    for approval in ApprovalRun.objects.unfinished().select_related("league", "made_by").order_by("pk"):
        by = _again(approval.made_by, approval.league, now)
        done += by is not None and approving.go_on(approval, by=by, now=now).finished_at is not None
    for statement in StatementImport.objects.unfinished().select_related("league", "imported_by").order_by("pk"):
        by = _again(statement.imported_by, statement.league, now)
        done += by is not None and matching.match_all(statement, by=by, now=now).matched_at is not None
    return done


def _again(person: User, league: Organisation, now: datetime) -> Acting | None:
    """Return the person acting for the League's finance, if they still may."""
    held = [row for row in memberships_of(person, today(now)) if row.organisation_id == league.pk]
    roles = frozenset(row.role for row in held)
    by = Acting(user=person, organisation=league, roles=roles)
    return by if person.is_active and by.is_for(league.pk, Membership.Role.FINANCE) else None


@shared_task(name="funding.give_back")
def give_back() -> None:
    """Return unused allowances whose day has come. Twice returns them once."""
    allowances.sweep(timezone.now())


@shared_task(name="funding.transfer")
def transfer(payout_pk: int) -> None:
    """Have Stripe make a transfer, or take it back."""
    now = timezone.now()
    if gateway.is_on() and not transfers.push(payout_pk, now=now):
        transfers.push_back(payout_pk, now=now)


@shared_task(name="funding.stripe_event")
def stripe_event(event_pk: int) -> None:
    """Act on what Stripe told."""
    if gateway.is_on():
        webhooks.act(event_pk, now=timezone.now())


@shared_task(name="funding.stripe_refund")
def stripe_refund(refund_pk: int) -> None:
    """Give a donation back."""
    if gateway.is_on():
        gifts.push_refund(refund_pk, now=timezone.now())


@shared_task(name="funding.stripe_sweep")
def stripe_sweep() -> None:
    """Go on with what Stripe left open."""
    if gateway.is_on():
        reconcile.sweep(now=timezone.now())


@shared_task(name="funding.reconcile")
def reconcile_all() -> None:
    """Compare all with Stripe."""
    if gateway.is_on():
        reconcile.everything(now=timezone.now())
