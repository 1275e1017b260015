"""Who may do what for children and families."""

from datetime import date

from organisations.acting import Acting, ActingRequest
from people.models import Child, Guardian, Guardianship
from people.models.guardian import registers_families


def clerk_for_families(request: ActingRequest) -> bool:
    """A clerk or manager of an office or school, who acts for families without a phone."""
    return registers_families(request.acting)


def is_guardian_of(by: Acting, child: Child, on: date) -> bool:
    """The person is a current guardian of the child."""
    if by.user is None:
        return False
    return Guardianship.objects.current(on).filter(child=child, guardian__user=by.user).exists()


def is_the_youth(by: Acting, child: Child, on: date) -> bool:
    """The person is the child themself, legally 14 or older."""
    return by.user is not None and child.user_id == by.user.pk and child.is_youth(on)


def registered(by: Acting, record: Child | Guardian) -> bool:
    """The person acts as a clerk of the office that registered the child or guardian."""
    office = by.organisation
    return office is not None and record.registered_by_id == office.pk and registers_families(by)


def answers_for(by: Acting, child: Child, on: date) -> bool:
    """May sign up, answer and cancel for the child: a current guardian, the youth, the registering office's clerk."""
    if child.merged_into_id is not None:
        return False
    if is_the_youth(by, child, on):
        return True
    return not child.is_grown(on) and (registered(by, child) or is_guardian_of(by, child, on))


def may_edit(by: Acting, child: Child, on: date) -> bool:
    """May change the record: a current guardian or the registering office's clerk; a youth sees their own only.

    Whoever is of age changes their own.
    """
    if child.merged_into_id is not None:
        return False
    if child.is_grown(on):
        return is_the_youth(by, child, on)
    return registered(by, child) or is_guardian_of(by, child, on)


def may_offer(by: Acting, child: Child, on: date) -> bool:
    """May let one more adult answer for the child: who answers until 18, and the registering office's clerk on paper.

    A carer whose part was given until a day does not pass it on.
    """
    if child.merged_into_id is not None or child.is_grown(on):
        return False
    mine = Guardianship.objects.current(on).filter(child=child, guardian__user=by.user, agreed_until=None)
    return registered(by, child) or (by.user is not None and mine.filter(ends_on__gt=on).exists())
