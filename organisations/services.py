"""Writes that are no lifecycle verb: applications, profiles, venues."""

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother
from core.locking import lock
from core.time import today
from notifications.services import notify
from organisations import memberships, queries
from organisations.acting import Acting, record
from organisations.history import PUBLIC_FORM
from organisations.meanwhile import refuse_older
from organisations.models import Membership, Organisation, OrganisationHistory, Region, Venue

APPLICABLE_KINDS = (
    Organisation.Kind.PROVIDER,
    Organisation.Kind.OFFICE,
    Organisation.Kind.SCHOOL,
    Organisation.Kind.ENTERPRISE,
)


class CreditCodeKnown(DomainError):
    """An organisation with this credit code takes part or has applied already."""


class VenueNameTaken(DomainError):
    """The organisation has a venue of this name."""


def apply(
    *, kind: str, name: str, region: Region, submission_id: uuid.UUID, by: Acting, now: datetime, **details: Any
) -> Organisation:
    """Ask the League committee of the area to admit an organisation. A second submission returns the first's.

    ``details`` are the other fields of an organisation. Officers of the League are told.

    Raises:
        CreditCodeKnown: the credit code is taken.
        NoLeague: nobody could decide.
    """
    made = Organisation.objects.filter(submission_id=submission_id).first()
    if made is not None:
        return made
    league = queries.league_for(region)
    try:
        with transaction.atomic():
            made = Organisation.objects.create(
                kind=kind, name=name, region=region, submission_id=submission_id, created_at=now, **details
            )
            who = by if by.user else Acting(system=PUBLIC_FORM)
            record(OrganisationHistory, who, verb="apply", after=made.status, organisation=made, at=now)
            notify(
                memberships.holders(league, Membership.Role.OFFICER, on=today(now)),
                kind="organisation_applied",
                cause=f"organisation:{made.pk}:applied",
                context={"title": made.name, "title_en": made.name_en},
                path=f"/organisations/{made.pk}/",
                now=now,
            )
    except IntegrityError:
        again = Organisation.objects.filter(submission_id=submission_id).first()
        if again is not None:
            return again
        sentence = _("An organisation with this credit code takes part already, or has applied.")
        raise CreditCodeKnown(sentence, field="credit_code") from None
    return made


def profile_saves(organisation: Organisation) -> models.QuerySet[OrganisationHistory]:
    """Return each change of the organisation's profile."""
    return OrganisationHistory.objects.filter(organisation=organisation, verb="edit")


def edit_profile(
    organisation: Organisation, *, by: Acting, now: datetime, seen: int | None = None, **details: Any
) -> Organisation:
    """Change how an organisation presents itself. Name, kind, region and credit code are the League's business.

    Raises:
        ChangedMeanwhile: somebody saved something else after the state ``seen``.
    """
    with transaction.atomic():
        row = lock(Organisation, organisation.pk)
        if changed := _changed(row, details):
            refuse_older(seen, profile_saves(row), by)
            row.save(update_fields=[*changed, "changed_at"])
            record(
                OrganisationHistory,
                by,
                verb="edit",
                before=row.status,
                after=row.status,
                note=", ".join(changed),
                organisation=row,
                at=now,
            )
    return row


def add_venue(
    organisation: Organisation,
    *,
    name: str,
    address: str,
    capacity: int,
    by: Acting,
    now: datetime,
    region: Region | None = None,
    name_en: str = "",
    phone: str = "",
    submission_id: uuid.UUID | None = None,
) -> Venue:
    """Add a bookable place of the organisation, in its own region unless another is named.

    The same submission twice adds it once.

    Raises:
        SentByAnother: another organisation used the submission's number.
        VenueNameTaken: it has one of this name.
    """
    number = submission_id or uuid.uuid4()
    if (known := _venue_made_by(number, organisation)) is not None:
        return known
    try:
        with transaction.atomic():
            venue = Venue.objects.create(
                submission_id=number,
                organisation=organisation,
                region=region or organisation.region,
                name=name,
                name_en=name_en,
                address=address,
                capacity=capacity,
                phone=phone,
                created_at=now,
            )
            record(
                OrganisationHistory, by, verb="add_venue", note=f"venue {venue.pk}", organisation=organisation, at=now
            )
    except IntegrityError as error:
        if (known := _venue_made_by(number, organisation)) is not None:
            return known
        raise VenueNameTaken(_("You have a venue of this name already."), field="name") from error
    return venue


def _venue_made_by(submission_id: uuid.UUID, organisation: Organisation) -> Venue | None:
    """Return the venue that this submission made before, unless it was another organisation's."""
    known = Venue.objects.filter(submission_id=submission_id).first()
    if known is not None and known.organisation_id != organisation.pk:
        raise SentByAnother
    return known


def venue_saves(venue: Venue) -> models.QuerySet[OrganisationHistory]:
    """Return each change of the venue."""
    rows = OrganisationHistory.objects.filter(organisation=venue.organisation_id)
    return rows.filter(verb="edit_venue", note=f"venue {venue.pk}")


def edit_venue(venue: Venue, *, by: Acting, now: datetime, seen: int | None = None, **details: Any) -> Venue:
    """Change a venue; sessions that are planned there keep it.

    Raises:
        ChangedMeanwhile: somebody saved something else after the state ``seen``.
        VenueNameTaken: the organisation has another one of this name.
    """
    try:
        with transaction.atomic():
            row = lock(Venue, venue.pk)
            if changed := _changed(row, details):
                refuse_older(seen, venue_saves(row), by)
                row.save(update_fields=[*changed, "changed_at"])
                about, note = row.organisation, f"venue {row.pk}"
                record(OrganisationHistory, by, verb="edit_venue", note=note, organisation=about, at=now)
    except IntegrityError as error:
        raise VenueNameTaken(_("You have a venue of this name already."), field="name") from error
    return row


def _changed(row: models.Model, details: dict[str, Any]) -> list[str]:
    """Put the details on the row and return the names of the fields that they change."""
    changed = sorted(field for field, value in details.items() if getattr(row, field) != value)
    for field in changed:
        setattr(row, field, details[field])
    return changed
