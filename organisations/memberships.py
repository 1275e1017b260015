"""Who joins and leaves an organisation: invitations by e-mail, roles with dates, never without a head."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import BigIntegerField, CharField, DateField
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.locking import lock, retried
from core.prepared import Prepared
from core.time import today
from organisations import mail
from organisations.acting import Acting, record
from organisations.models import Invitation, Membership, Organisation, OrganisationHistory
from organisations.models.membership import HEAD_ROLE, ROLES_OF
from users.models import User

INVITATION_LIFE = timedelta(days=7)
LETTER_LANGUAGES = ("zh-hans", "en")


class RoleNotOfKind(DomainError):
    """Organisations of this kind have no such role."""


class InvitationGone(DomainError):
    """The link is wrong, used, withdrawn or too old; which of these is nobody's business."""


class LastHead(DomainError):
    """Nobody could act for the organisation any more."""


class RoleEnded(StaleState):
    """Somebody took the role away in the meantime."""


class AlreadyAccepted(StaleState):
    """The invitation was taken up; taking it back would say what is not so."""


class AlreadyMember(DomainError):
    """The person has this role already."""


def holders(organisation: Organisation, *roles: str, on: date) -> models.QuerySet[User]:
    """Return the active accounts that hold one of the roles (any, if none is named) on the day."""
    rows = Membership.objects.current(on).filter(organisation=organisation)
    if roles:
        rows = rows.with_role(*roles)
    return User.objects.filter(pk__in=rows.values("user_id"), is_active=True).order_by("pk")


_HOLDERS = Prepared(
    lambda organisations, roles, on: (
        Membership.objects.current(on)
        .filter(organisation__pk__in=organisations, role__in=roles, user__is_active=True)
        .select_related("user")
        .only("organisation", "role", "user__email", "user__phone", "user__name")
        .order_by("user_id")
    ),
    organisations=BigIntegerField(),
    roles=CharField(),
    on=DateField(),
)


def holders_of(wanted: Iterable[tuple[int, Iterable[str]]], *, on: date) -> list[User]:
    """Return the active accounts that hold a role of an organisation on the day, as it is wanted of each. One query."""
    pairs = {(organisation, role) for organisation, roles in wanted for role in roles}
    if not pairs:
        return []
    organisations, roles = (sorted(set(part)) for part in zip(*pairs, strict=True))
    rows = _HOLDERS.rows(organisations=organisations, roles=roles, on=on)
    return list({row.user_id: row.user for row in rows if (row.organisation_id, row.role) in pairs}.values())


def digest(secret: str) -> str:
    """Return what is stored of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class DeputyMayNot(DomainError):
    """Somebody who stands in for a while would decide who leads the organisation."""


def check_role(organisation: Organisation, role: str) -> None:
    """Raise if organisations of this kind have no such role.

    Raises:
        RoleNotOfKind: they have not.
    """
    if role not in ROLES_OF[organisation.kind]:
        raise RoleNotOfKind(_("Organisations of this kind have no such role."), field="role")


def refuse_deputy(organisation: Organisation, role: str, *, by: Acting, on: date) -> None:
    """Let nobody who holds the head role for a while only give it, or take it away. One query where it is about it.

    Raises:
        DeputyMayNot: they do.
    """
    if role != HEAD_ROLE[organisation.kind] or by.user is None or by.organisation != organisation:
        return
    ends = Membership.objects.current(on).filter(organisation=organisation, role=role, user=by.user)
    held = list(ends.values_list("ends_on", flat=True))
    if held and None not in held:
        sentence = _("You stand in for a while. Who leads the organisation is for its members without an end date.")
        raise DeputyMayNot(sentence, field="role")


def invite(
    organisation: Organisation,
    *,
    email: str,
    role: str,
    by: Acting,
    now: datetime,
    letter: str = "invitation",
    submission_id: uuid.UUID | None = None,
) -> Invitation:
    """Offer a role to an e-mail address by a link that works once, for seven days. ``letter`` names what brings it.

    What happens, and what the inviting person sees, is the same whether the address has an account or not.
    An earlier open invitation of the address to the role is withdrawn. The same submission twice invites once.

    Raises:
        SentByAnother: the submission's number stands on another invitation.
        RoleNotOfKind: the organisation has no such role.
        DeputyMayNot: they hold the head role for a while only, and offer it.
    """
    check_role(organisation, role)
    refuse_deputy(organisation, role, by=by, on=today(now))
    secret, email = secrets.token_urlsafe(32), email.strip().lower()
    with transaction.atomic():
        lock(Organisation, organisation.pk)
        known = Invitation.objects.filter(submission_id=submission_id).first() if submission_id else None
        if known is not None:
            return _the_same(known, organisation, email, role)
        earlier = organisation.invitations.filter(email=email, role=role, accepted_at=None, withdrawn_at=None)
        earlier.update(withdrawn_at=now, changed_at=now)
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=role,
            secret_hash=digest(secret),
            submission_id=submission_id or uuid.uuid4(),
            invited_by=by.user,
            expires_at=now + INVITATION_LIFE,
        )
        record(OrganisationHistory, by, verb="invite", after=role, organisation=organisation, at=now)
        context = {"organisation": organisation, "invitation": invitation, "secret": secret}
        mail.write(email, f"organisations/mail/{letter}.txt", context, languages=LETTER_LANGUAGES, now=now)
    return invitation


def _the_same(known: Invitation, organisation: Organisation, email: str, role: str) -> Invitation:
    """Return what a submission made before, if it asked for the same."""
    if (known.organisation_id, known.email, known.role) != (organisation.pk, email, role):
        raise SentByAnother
    return known


def write_to_contact(organisation: Organisation, *, reason: str, now: datetime) -> None:
    """Tell an applicant's contact by letter that the application was turned down, and why."""
    if organisation.contact_email:
        context = {"organisation": organisation, "reason": reason}
        template = "organisations/mail/refused.txt"
        mail.write(organisation.contact_email, template, context, languages=LETTER_LANGUAGES, now=now)


def withdraw(invitation: Invitation, *, by: Acting, now: datetime) -> None:
    """Take back an invitation that nobody has accepted; taking it back twice happens once.

    Raises:
        AlreadyAccepted: somebody has the role by now.
    """
    with transaction.atomic():
        lock(Organisation, invitation.organisation_id)
        row = lock(Invitation, invitation.pk)
        if row.accepted_at:
            raise AlreadyAccepted(
                _("This invitation has been accepted already. Take the role away from the member instead.")
            )
        if row.withdrawn_at:
            return
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at", "changed_at"])
        record(
            OrganisationHistory, by, verb="withdraw_invitation", before=row.role, organisation=row.organisation, at=now
        )


def find_invitation(secret: str, *, now: datetime) -> Invitation:
    """Return the open invitation of a link.

    Raises:
        InvitationGone: there is none.
    """
    found = Invitation.objects.open(now).filter(secret_hash=digest(secret)).select_related("organisation").first()
    if found is None:
        raise InvitationGone(_("This link no longer works. Ask the organisation to invite you again."))
    return found


@retried
def accept(secret: str, *, user: User, now: datetime) -> Membership:
    """Take up an invitation. The secret is the proof: the account may have another address.

    Raises:
        InvitationGone: the link is wrong, used, withdrawn or too old.
    """
    with transaction.atomic():
        invitation = find_invitation(secret, now=now)
        lock(Organisation, invitation.organisation_id)
        invitation = find_invitation(secret, now=now)
        by = Acting(user=user, organisation=invitation.organisation)
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at", "changed_at"])
        held = Membership.objects.current(today(now)).filter(
            user=user, organisation=invitation.organisation, role=invitation.role, ends_on=None
        )
        return held.first() or add(invitation.organisation, user=user, role=invitation.role, by=by, now=now)


def add(
    organisation: Organisation, *, user: User, role: str, by: Acting, now: datetime, ends_on: date | None = None
) -> Membership:
    """Give a person a role from today on, until ``ends_on`` if they stand in for somebody.

    Raises:
        RoleNotOfKind: the organisation has no such role.
        AlreadyMember: the person has it already.
    """
    check_role(organisation, role)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user, organisation=organisation, role=role, starts_on=today(now), ends_on=ends_on
            )
            record(OrganisationHistory, by, verb="join", after=role, organisation=organisation, member=user, at=now)
    except IntegrityError as error:
        raise AlreadyMember(_("This person has this role already."), field="role") from error
    return membership


def _refuse_last_head(membership: Membership, *, on: date) -> None:
    """Raise if nobody else holds the head role without an end."""
    organisation = membership.organisation
    if membership.role != HEAD_ROLE[organisation.kind]:
        return
    others = Membership.objects.current(on).filter(organisation=organisation, role=membership.role, ends_on=None)
    if not others.filter(user__is_active=True).exclude(user=membership.user_id).exists():
        sentence = _("This is the last person in the role “%(role)s”. Name a successor first.")
        raise LastHead(sentence % {"role": membership.get_role_display()})


@retried
def end(membership: Membership, *, by: Acting, now: datetime) -> None:
    """Take a role away. It is gone at the person's very next request.

    With the head role go the open invitations that the person made, to any role: no link of theirs leads back in.

    Raises:
        RoleEnded: it was taken away already.
        LastHead: the organisation would be left without its head role.
        DeputyMayNot: a deputy would take the head role from somebody else.
    """
    with transaction.atomic():
        organisation = lock(Organisation, membership.organisation_id)
        row = lock(Membership, membership.pk)
        day = today(now)
        if row.ends_on is not None and row.ends_on < day:
            raise RoleEnded(_("This role has been taken away already. Nothing was changed."))
        _refuse_last_head(row, on=day)
        if by.user is None or by.user.pk != row.user_id:
            refuse_deputy(organisation, row.role, by=by, on=day)
        _end(row, organisation, by=by, now=now)
        membership.ends_on = row.ends_on


def end_all(user: int, *, by: Acting, now: datetime) -> None:
    """End every role of an account, the last head's too: they had ended before a restore brought them back."""
    with transaction.atomic():
        for membership in Membership.objects.not_ended(today(now)).filter(user=user).order_by("organisation", "pk"):
            organisation = lock(Organisation, membership.organisation_id)
            _end(lock(Membership, membership.pk), organisation, by=by, now=now)


def _end(row: Membership, organisation: Organisation, *, by: Acting, now: datetime) -> None:
    """Write down that a locked role ended yesterday."""
    if row.role == HEAD_ROLE[organisation.kind]:
        organisation.invitations.open(now).filter(invited_by=row.user_id).update(withdrawn_at=now, changed_at=now)
    yesterday = today(now) - timedelta(days=1)
    record(OrganisationHistory, by, verb="leave", before=row.role, organisation=organisation, member=row.user, at=now)
    row.starts_on = min(row.starts_on, yesterday)
    row.ends_on = yesterday
    row.save(update_fields=["starts_on", "ends_on", "changed_at"])


@retried
def change_role(membership: Membership, *, role: str, by: Acting, now: datetime) -> Membership:
    """Give a member another role instead of this one, at their very next request.

    Raises:
        RoleNotOfKind: the organisation has no such role.
        AlreadyMember: the person has it already.
        RoleEnded: the role was taken away; whoever has none is invited anew.
        LastHead: the organisation would be left without its head role.
        DeputyMayNot: a deputy would name a head, or take the head role from somebody else.
    """
    check_role(membership.organisation, role)
    with transaction.atomic():
        if role == membership.role and not Membership.objects.current(today(now)).filter(pk=membership.pk).exists():
            raise RoleEnded(_("This role has been taken away already. Nothing was changed."))
        if role == membership.role:
            return membership
        refuse_deputy(membership.organisation, role, by=by, on=today(now))
        end(membership, by=by, now=now)
        return add(membership.organisation, user=membership.user, role=role, by=by, now=now)
