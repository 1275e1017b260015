"""Ratings: who was there, the office that ordered, people from society. Facts go down to the programme's card."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Avg, Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import cards, messages
from activities.models import Attendance, Review, ReviewHistory, ReviewInvitation, Session, SignUp
from activities.policies import is_of_provider
from core.errors import DomainError
from core.locking import lock
from core.time import today
from notifications.services import notify
from organisations.acting import Acting, record
from organisations.models import Organisation
from organisations.policies import refuse_own
from users.models import User

MIN_RATERS = 5  # a mean is published from this many raters on
MAX_TEXT = 500
TAGS = {
    "fun": gettext_lazy("fun"),
    "learned": gettext_lazy("learned something"),
    "kind_staff": gettext_lazy("kind staff"),
    "well_run": gettext_lazy("well run"),
    "safe": gettext_lazy("felt safe"),
    "too_short": gettext_lazy("too short"),
    "too_crowded": gettext_lazy("too crowded"),
    "hard_to_find": gettext_lazy("hard to find"),
}


class NotThere(DomainError):
    """Only who was checked in, or their guardian, rates."""


class NotOverYet(DomainError):
    """A session is rated when it has ended."""


class OwnPeople(DomainError):
    """The provider's own people never rate it."""


class BadMark(DomainError):
    """A mark lies between 1 and 5, a text has at most 500 characters."""


class TooLateToChange(DomainError):
    """A review can be changed for seven days."""


class SessionCancelled(DomainError):
    """Nobody rates a session that does not take place."""


class ReasonMissing(DomainError):
    """Hiding needs a reason."""


@dataclass(frozen=True)
class Rating:
    """What somebody thinks."""

    mark: int
    tags: Sequence[str] = ()
    text: str = ""


def _checked(rating: Rating) -> Rating:
    if not 1 <= rating.mark <= 5:
        raise BadMark(_("Choose one of the five marks."), field="mark")
    if len(rating.text) > MAX_TEXT:
        raise BadMark(_("Write at most %(count)s characters.") % {"count": MAX_TEXT}, field="text")
    return Rating(rating.mark, tuple(tag for tag in TAGS if tag in rating.tags), rating.text.strip())


def submit(
    sign_up: SignUp, *, by_child: bool, mark: int, tags: Sequence[str], text: str, by: Acting, now: datetime
) -> Review:
    """Rate as an attendee: one for the child, one for a guardian. Within seven days the second one changes the first.

    Raises:
        NotOverYet, NotThere, OwnPeople: they may not rate this session.
        BadMark: what was given makes no sense.
        TooLateToChange: it was rated more than seven days ago.
    """
    rating = _checked(Rating(mark, tags, text))
    _require_attendee(sign_up, by, now)
    known = Review.objects.filter(kind=Review.Kind.ATTENDEE, sign_up=sign_up, by_child=by_child)
    if not known.exists():
        try:
            with transaction.atomic():
                row = attendee_review(sign_up, rating, by_child=by_child, author=by.user, now=now)
                return _add(row, by, now)
        except IntegrityError:
            pass  # the same person clicked twice: the second one changes the first
    return change(known.get(), mark=mark, tags=tags, text=text, by=by, now=now)


def _require_attendee(sign_up: SignUp, by: Acting, now: datetime) -> None:
    if now < sign_up.session.ends_at:
        raise NotOverYet(_("Rate the session after it has ended."))
    if not Attendance.objects.filter(sign_up=sign_up, status=Attendance.Status.PRESENT).exists():
        raise NotThere(_("Only who was checked in can rate."))
    if is_of_provider(by, sign_up.session):
        raise OwnPeople(_("The provider's own people do not rate its sessions."))


def attendee_review(sign_up: SignUp, rating: Rating, *, by_child: bool, author: User | None, now: datetime) -> Review:
    """Return an unsaved attendee review."""
    return Review(
        session_id=sign_up.session_id,
        kind=Review.Kind.ATTENDEE,
        sign_up=sign_up,
        by_child=by_child,
        author=author,
        pseudonym=pseudonym(sign_up, by_child=by_child),
        mark=rating.mark,
        tags=list(rating.tags),
        text=rating.text,
        created_at=now,
        changed_at=now,
    )


def pseudonym(sign_up: SignUp, *, by_child: bool) -> str:
    """Return the name under which a review is shown: two letters of the ticket that only the family knows."""
    return f"{'Y' if by_child else 'F'}{sign_up.code[:2]}"


def _add(review: Review, by: Acting, now: datetime) -> Review:
    review.save()
    record(ReviewHistory, by, verb="submit", after=str(review.mark), review=review, at=now)
    cards.refresh_rating(review.session.version.programme_id)
    return review


def change(review: Review, *, mark: int, tags: Sequence[str], text: str, by: Acting, now: datetime) -> Review:
    """Change a review within seven days; the history keeps the marks.

    Raises:
        BadMark: what was given makes no sense.
        TooLateToChange: it was written more than seven days ago.
    """
    rating = _checked(Rating(mark, tags, text))
    with transaction.atomic():
        row = lock(Review, review.pk)
        if now > row.editable_until:
            raise TooLateToChange(_("A review can be changed for seven days."))
        before = row.mark
        row.mark, row.tags, row.text, row.changed_at = rating.mark, list(rating.tags), rating.text, now
        row.save(update_fields=["mark", "tags", "text", "changed_at"])
        record(ReviewHistory, by, verb="change", before=str(before), after=str(rating.mark), review=row, at=now)
        cards.refresh_rating(row.session.version.programme_id)
    return row


def submit_office(
    session: Session,
    *,
    office: Organisation,
    reference: str,
    mark: int,
    tags: Sequence[str] = (),
    text: str = "",
    by: Acting,
    now: datetime,
) -> Review:
    """Rate as the office that ordered: one per order, whose number is the ``reference``; ``session`` is its last one.

    The same reference again is found, not repeated.

    Raises:
        BadMark: what was given makes no sense.
    """
    rating = _checked(Rating(mark, tags, text))
    with transaction.atomic():
        lock(Session, session.pk)
        known = Review.objects.filter(kind=Review.Kind.OFFICE, office=office, reference=reference).first()
        if known:
            return known
        row = Review(session=session, kind=Review.Kind.OFFICE, office=office, reference=reference, author=by.user)
        row.mark, row.tags, row.text = rating.mark, list(rating.tags), rating.text
        row.created_at = row.changed_at = now
        return _add(row, by, now)


def invite(session: Session, user: User, *, by: Acting, now: datetime) -> ReviewInvitation:
    """Ask somebody from society to rate a session, and tell them where; twice is one invitation.

    Raises:
        SessionCancelled: there will be nothing to rate.
        OwnPeople: they belong to the provider.
    """
    if session.status == Session.Status.CANCELLED:
        raise SessionCancelled(_("This session was called off; there is nothing to rate."))
    if is_of_provider(Acting(user=user), session):
        raise OwnPeople(_("The provider's own people do not rate its sessions."))
    with transaction.atomic():
        row, is_new = ReviewInvitation.objects.get_or_create(
            session=session, user=user, defaults={"invited_by": by.user, "created_at": now}
        )
        if is_new:
            notify(
                [user],
                kind="review_invited",
                cause=f"review-invitation:{row.pk}",
                context=messages.about(session),
                path=reverse("activities:invited", args=[row.pk]),
                now=now,
            )
    return row


def invite_by_address(session: Session, address: str, *, by: Acting, now: datetime) -> None:
    """Ask whoever signs in with this e-mail or phone. Whether there is such an account stays unsaid.

    Raises:
        SessionCancelled: there will be nothing to rate.
    """
    if session.status == Session.Status.CANCELLED:
        raise SessionCancelled(_("This session was called off; there is nothing to rate."))
    user = User.objects.filter(Q(email__iexact=address) | Q(phone=address), is_active=True).first()
    if user is not None and not is_of_provider(Acting(user=user), session):
        invite(session, user, by=by, now=now)


def submit_invited(
    invitation: ReviewInvitation, *, mark: int, tags: Sequence[str], text: str, by: Acting, now: datetime
) -> Review:
    """Rate as somebody who was invited; within seven days the second one changes the first.

    Raises:
        NotOverYet, NotThere, OwnPeople, BadMark, TooLateToChange: as for attendees.
    """
    rating = _checked(Rating(mark, tags, text))
    session = invitation.session
    if by.user is None or by.user.pk != invitation.user_id:
        raise NotThere(_("This invitation is for somebody else."))
    if now < session.ends_at:
        raise NotOverYet(_("Rate the session after it has ended."))
    if is_of_provider(by, session):
        raise OwnPeople(_("The provider's own people do not rate its sessions."))
    with transaction.atomic():
        lock(ReviewInvitation, invitation.pk)
        known = Review.objects.filter(invitation=invitation).first()
        if known:
            return change(known, mark=mark, tags=tags, text=text, by=by, now=now)
        row = Review(session=session, kind=Review.Kind.INVITED, invitation=invitation, author=by.user)
        row.mark, row.tags, row.text = rating.mark, list(rating.tags), rating.text
        row.created_at = row.changed_at = now
        return _add(row, by, now)


def reply(review: Review, *, text: str, by: Acting, now: datetime) -> Review:
    """Answer a review as the provider; a new answer takes the place of the old one.

    Raises:
        BadMark: the answer is too long.
    """
    words = text.strip()
    if len(words) > MAX_TEXT:
        raise BadMark(_("Write at most %(count)s characters.") % {"count": MAX_TEXT}, field="text")
    with transaction.atomic():
        row = lock(Review, review.pk)
        row.reply, row.replied_at = words, now
        row.save(update_fields=["reply", "replied_at"])
        record(ReviewHistory, by, verb="reply", review=row, at=now)
    return row


def hide(review: Review, *, reason: str, by: Acting, now: datetime) -> Review:
    """Take a review out of sight and out of the mean. It stays, with the reason.

    Raises:
        ReasonMissing: no reason is given.
        OwnOrganisation: the person is a member of the provider; somebody else decides.
    """
    words = reason.strip()
    refuse_own(by, review.session.provider_id, on=today(now))
    if not words:
        raise ReasonMissing(_("Say why the review is hidden."), field="reason")
    with transaction.atomic():
        row = lock(Review, review.pk)
        if row.hidden_at is None:
            row.hidden_at, row.hidden_reason = now, words[:200]
            row.save(update_fields=["hidden_at", "hidden_reason"])
            record(ReviewHistory, by, verb="hide", before="visible", after="hidden", note=words, review=row, at=now)
            cards.refresh_rating(row.session.version.programme_id)
    return row


def means(session_ids: Iterable[int]) -> tuple[int, float | None]:
    """Return how many attendees rated these sessions, one vote per child, and their mean. One query."""
    found = Review.objects.votes().filter(session__in=list(session_ids)).aggregate(raters=Count("pk"), mean=Avg("mark"))
    return found["raters"], found["mean"]


def bulk_submit(rows: Iterable[tuple[SignUp, bool, Rating]], *, now: datetime) -> int:
    """Rate many at once, for the demo city: (sign-up, whether by the child, rating). Each passes the same rules."""
    items = [(sign_up, by_child, _checked(rating)) for sign_up, by_child, rating in rows]
    present = set(
        SignUp.objects.checked_in().filter(pk__in=[one.pk for one, _c, _r in items]).values_list("pk", flat=True)
    )
    if any(now < one.session.ends_at for one, _c, _r in items):
        raise NotOverYet(_("Rate the session after it has ended."))
    if any(one.pk not in present for one, _c, _r in items):
        raise NotThere(_("Only who was checked in can rate."))
    with transaction.atomic():
        made = Review.objects.bulk_create(
            [
                attendee_review(one, rating, by_child=by_child, author=one.party.submitted_by, now=now)
                for one, by_child, rating in items
            ],
            batch_size=500,
        )
        ReviewHistory.objects.bulk_create(
            [ReviewHistory(review=row, verb="submit", after=str(row.mark), at=now, actor=row.author) for row in made],
            batch_size=500,
        )
        for programme_id in {one.session.version.programme_id for one, _c, _r in items}:
            cards.refresh_rating(programme_id)
    return len(made)
