"""Who may do what with sessions, sign-ups, names and reviews."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from activities.models import CrewAssignment, Objection, Party, Review, Session, SignUp
from core.time import today
from organisations.acting import Acting, ActingRequest
from organisations.models import Membership, Organisation
from people.models import Child
from people.policies import answers_for, is_guardian_of, is_the_youth
from safeguarding import clearance

ROSTER_FROM = timedelta(hours=48)
ROSTER_UNTIL = timedelta(hours=72)
_ROLE, _KIND = Membership.Role, Organisation.Kind


def is_crew(by: Acting, session: Session) -> bool:
    """Staff on duty: the person stands in the session's crew and acts for its provider."""
    if by.user is None or not by.is_for(session.provider_id):
        return False
    return CrewAssignment.objects.active().filter(session=session, user=by.user).exists()


def coordinates(by: Acting, session: Session) -> bool:
    """A coordinator or manager of the session's provider."""
    return by.is_for(session.provider_id, _ROLE.MANAGER, _ROLE.COORDINATOR)


def runs(by: Acting, session: Session) -> bool:
    """May check in, close and read the list of names: staff on duty, or the provider's coordinator or manager."""
    return coordinates(by, session) or is_crew(by, session)


def sets_places(by: Acting, session: Session) -> bool:
    """May say how many places there are: the provider's coordinator or manager, the ordering office's manager."""
    return coordinates(by, session) or by.is_for(session.office_id, _ROLE.MANAGER)


def reads_announcements(by: Acting, session: Session) -> bool:
    """May read what was written to the families: who runs the session, the ordering office, the area's League."""
    league = by.organisation
    if league is not None and by.is_kind(_KIND.LEAGUE, _ROLE.OFFICER, _ROLE.SAFEGUARDING, _ROLE.AUDITOR):
        return session.region.is_within(league.region)
    return by.is_for(session.office_id) or runs(by, session)


def in_roster_window(session: Session, now: datetime) -> bool:
    """Whether names may be seen at all: from 48 hours before the start until 72 hours after it."""
    return session.starts_at - ROSTER_FROM <= now <= session.starts_at + ROSTER_UNTIL


def is_list_open(session: Session, now: datetime) -> bool:
    """Whether who runs the session may see names now, if the gate does not keep them away."""
    return in_roster_window(session, now) and session.status != Session.Status.CANCELLED


def may_see_roster(by: Acting, session: Session, now: datetime) -> bool:
    """May see full names of the children in this session, now: who runs it, unless the gate keeps them away today."""
    if by.user is None or not is_list_open(session, now):
        return False
    if coordinates(by, session):
        return not clearance.of_worker(by.user, today(now)).is_barred
    return is_crew(by, session) and clearance.of_worker(by.user, today(now)).ok


def may_see_health_note(by: Acting, session: Session, now: datetime) -> bool:
    """May open the health notes of the children in this session, now: staff on duty whom the gate lets in today.

    No coordinator or manager as such.
    """
    if by.user is None or not is_list_open(session, now):
        return False
    return is_crew(by, session) and clearance.of_worker(by.user, today(now)).ok


def may_answer_for(by: Acting, sign_up: SignUp, on: date) -> bool:
    """May cancel and see the sign-up: the guardian, the youth, the clerk of the office that registered the family."""
    return answers_for(by, sign_up.child, on)


def may_accept(by: Acting, party: Party, now: datetime) -> bool:
    """May take an offer: who answers for every minor in it; one of the people themselves once all of them are of age.

    Nobody answers for who is of age, so a birthday while the offer stands keeps no place from a sibling. In a risky
    programme never the youth who signed up alone, until they are of age.
    """
    on = today(now)
    children = list(Child.objects.filter(sign_ups__party=party, sign_ups__status=SignUp.Status.OFFERED))
    minors = [child for child in children if not child.is_grown(on)]
    if not minors:
        return any(is_the_youth(by, child, on) for child in children)
    if party.guardian_id is None and party.session.version.is_risky:
        return all(is_guardian_of(by, child, on) for child in minors)
    return all(answers_for(by, child, on) for child in minors)


def is_of_provider(by: Acting, session: Session) -> bool:
    """One of the provider's own people, who never rate it."""
    return by.user is not None and Membership.objects.filter(user=by.user, organisation=session.provider_id).exists()


def may_review(by: Acting, sign_up: SignUp, on: date, *, by_child: bool) -> bool:
    """May rate as an attendee, with the family's own voice.

    A youth with a login speaks for themself. A clerk writes down what a family without a phone says, but never where
    the clerk's own office ordered, as it rates on the order; and never one of the provider's people.
    """
    if is_of_provider(by, sign_up.session):
        return False
    child = sign_up.child
    if by_child and child.user_id is not None:
        return is_the_youth(by, child, on)
    if is_guardian_of(by, child, on) or is_the_youth(by, child, on):
        return True
    return answers_for(by, child, on) and not by.is_for(sign_up.session.office_id)


def may_reply(by: Acting, review: Review) -> bool:
    """The provider's manager answers reviews."""
    return by.is_for(review.session.provider_id, _ROLE.MANAGER, _ROLE.COORDINATOR)


def is_league_of(by: Acting, session: Session) -> bool:
    """An officer of a League whose area holds the session's."""
    league = by.organisation
    return league is not None and by.is_kind(_KIND.LEAGUE, _ROLE.OFFICER) and session.region.is_within(league.region)


def may_invite(by: Acting, session: Session) -> bool:
    """May ask society to rate: the area's League and the ordering office's manager. A provider picks no judges."""
    asks = is_league_of(by, session) or by.is_for(session.office_id, _ROLE.MANAGER)
    return asks and not is_of_provider(by, session)


def may_hide(by: Acting, review: Review) -> bool:
    """The officers of the area's League hide reviews, with a reason; never those of a provider of their own."""
    return bool(hideable(by, [review]))


def hideable(by: Acting, reviews: Sequence[Review]) -> set[int]:
    """Return the ids of those reviews of one provider that the person may hide. One query, and that for officers."""
    found = [review for review in reviews if is_league_of(by, review.session)]
    return {review.pk for review in found} if found and not is_of_provider(by, found[0].session) else set()


def sets_rule(request: ActingRequest) -> bool:
    """A League's officer, who decides what follows from sessions missed."""
    return request.acting.is_kind(_KIND.LEAGUE, _ROLE.OFFICER)


def answers_objections(request: ActingRequest) -> bool:
    """A League's officer, or a provider's coordinator or manager."""
    return sets_rule(request) or request.acting.is_kind(_KIND.PROVIDER, _ROLE.MANAGER, _ROLE.COORDINATOR)


def may_decide(by: Acting, objection: Objection) -> bool:
    """The session's provider answers what is open; the area's League too, and may accept what another refused."""
    session = objection.attendance.sign_up.session
    if objection.status == Objection.Status.OPEN:
        return coordinates(by, session) or is_league_of(by, session)
    is_refused = objection.status == Objection.Status.REFUSED
    return is_refused and is_league_of(by, session) and objection.decided_by != by.user
