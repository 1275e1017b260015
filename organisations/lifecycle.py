"""The verbs of an organisation's admission. One function per verb; each writes its history row."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, retried
from core.time import today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting, record
from organisations.meanwhile import with_who
from organisations.models import Organisation, OrganisationHistory
from organisations.models.membership import HEAD_ROLE
from organisations.models.organisation import TRANSITIONS
from organisations.policies import refuse_own

Status, Kind = Organisation.Status, Organisation.Kind


class ReasonMissing(DomainError):
    """A decision against somebody needs its reason."""


class HasHead(StaleState):
    """Somebody holds the head role by now; they invite the others."""


class NoAddress(DomainError):
    """The application named no e-mail address to write to."""


class MovedOn(StaleState):
    """The organisation is not, or no longer, where the verb starts."""

    def __init__(self, row: Organisation, by: Acting) -> None:
        """Say where it stands, and who decided so."""
        sentence = _("This organisation is now “%(status)s”; somebody decided in the meantime.")
        decisions = row.history.filter(verb__in=TRANSITIONS)
        super().__init__(with_who(sentence % {"status": row.get_status_display()}, decisions, by))


def _move(organisation: Organisation, verb: str, *, by: Acting, now: datetime, note: str = "") -> Organisation:
    """Lock the row, check the edge, write status and history. The caller's transaction is open.

    Raises:
        OwnOrganisation: they are a member of it; somebody else decides.
        MovedOn: the verb does not start where it stands.
    """
    refuse_own(by, organisation.pk, on=today(now))
    starts, ends = TRANSITIONS[verb]
    row = lock(Organisation, organisation.pk)
    if row.status not in starts:
        raise MovedOn(row, by)
    before, row.status = row.status, ends
    row.save(update_fields=["status", "changed_at"])
    record(OrganisationHistory, by, verb=verb, before=before, after=ends, note=note, organisation=row, at=now)
    organisation.status = ends
    return row


def _tell(organisation: Organisation, kind: str, *, reason: str, now: datetime) -> None:
    """Tell everybody in the organisation's head role."""
    last = organisation.history.order_by("-pk").values_list("pk", flat=True).first()
    context = {"title": organisation.name, "title_en": organisation.name_en, "reason": reason}
    people = memberships.holders(organisation, HEAD_ROLE[organisation.kind], on=today(now))
    path = "/organisations/members/"
    notify(people, kind=kind, cause=f"organisation:{organisation.pk}:{last}", context=context, path=path, now=now)


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissing(_("Give the reason; the organisation reads it."), field="reason")
    return text.strip()


@retried
def admit(organisation: Organisation, *, by: Acting, now: datetime) -> Organisation:
    """Let an applicant take part. A new provider starts on trial; the contact is invited to the head role.

    Raises:
        MovedOn: it is no longer applied.
    """
    with transaction.atomic():
        row = _move(organisation, "admit", by=by, now=now)
        if row.kind == Kind.PROVIDER:
            row.is_on_trial = True
            row.save(update_fields=["is_on_trial", "changed_at"])
        head = HEAD_ROLE[row.kind]
        if memberships.holders(row, head, on=today(now)).exists():
            _tell(row, "organisation_admitted", reason="", now=now)
        elif row.contact_email:
            memberships.invite(row, email=row.contact_email, role=head, by=by, now=now, letter="admitted")
        return row


@retried
def invite_again(organisation: Organisation, *, by: Acting, now: datetime) -> Organisation:
    """Write to the contact once more when the link to the head role has lapsed. The earlier link stops working.

    Raises:
        OwnOrganisation: they are a member of it; somebody else decides.
        MovedOn: it is not admitted.
        HasHead: somebody took the link up already.
        NoAddress: nobody knows where to write to.
    """
    refuse_own(by, organisation.pk, on=today(now))
    with transaction.atomic():
        row = lock(Organisation, organisation.pk)
        if row.status != Status.ADMITTED:
            raise MovedOn(row, by)
        head = HEAD_ROLE[row.kind]
        if memberships.holders(row, head, on=today(now)).exists():
            raise HasHead(_("Somebody of the organisation has taken up the link in the meantime."))
        if not row.contact_email:
            raise NoAddress(_("The application names no e-mail address. Call the contact person."))
        memberships.invite(row, email=row.contact_email, role=head, by=by, now=now, letter="admitted")
        return row


@retried
def refuse(organisation: Organisation, *, by: Acting, now: datetime, reason: str) -> Organisation:
    """Turn an applicant down, with the reason in a mail to the contact.

    Raises:
        ReasonMissing: nothing was given.
        MovedOn: it is no longer applied.
    """
    reason = _reason(reason)
    with transaction.atomic():
        row = _move(organisation, "refuse", by=by, now=now, note=reason)
        memberships.write_to_contact(row, reason=reason, now=now)
        return row


@retried
def suspend(organisation: Organisation, *, by: Acting, now: datetime, reason: str) -> Organisation:
    """Stop an organisation from acting. Its programmes leave the menu by query; what runs goes to the League.

    Raises:
        ReasonMissing: nothing was given.
        MovedOn: it is not admitted.
    """
    reason = _reason(reason)
    with transaction.atomic():
        row = _move(organisation, "suspend", by=by, now=now, note=reason)
        _tell(row, "organisation_suspended", reason=reason, now=now)
        return row


@retried
def resume(organisation: Organisation, *, by: Acting, now: datetime, reason: str = "") -> Organisation:
    """Let a suspended organisation act again.

    Raises:
        MovedOn: it is not suspended.
    """
    with transaction.atomic():
        row = _move(organisation, "resume", by=by, now=now, note=reason.strip())
        _tell(row, "organisation_resumed", reason=reason.strip(), now=now)
        return row


@retried
def end_trial(organisation: Organisation, *, by: Acting, now: datetime) -> Organisation:
    """Let a provider take orders of any size. Ending it twice happens once.

    Raises:
        OwnOrganisation: they are a member of it; somebody else decides.
    """
    refuse_own(by, organisation.pk, on=today(now))
    with transaction.atomic():
        row = lock(Organisation, organisation.pk)
        if row.is_on_trial:
            row.is_on_trial = False
            row.save(update_fields=["is_on_trial", "changed_at"])
            record(
                OrganisationHistory, by, verb="end_trial", before=row.status, after=row.status, organisation=row, at=now
            )
        return row
