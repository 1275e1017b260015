"""What ends when somebody comes of age: nobody answers for them any more, from the day after the 18th birthday.

A guardianship says from the start when it ends, so that no page, message or write has to ask for the age. At night the
clock takes away what is left of it: who may fetch them, and links that a guardian made for their login or for one more
guardian.
"""

from datetime import date, datetime

from core.time import birthday, born_by, today
from people.models import Child, GuardianLink, Guardianship, PickUpPerson, YouthLink
from people.models.child import ADULT_AGE, of_age_for_good


def last_day(child: Child) -> date:
    """Return the last day on which somebody answers for the child: the 18th birthday."""
    return birthday(child.birth_date, ADULT_AGE)


def end_of(child: Child, agreed_until: date | None) -> date:
    """Return the day on which a part ends that was given until a day, or without one: at 18 at the latest."""
    last = last_day(child)
    return last if agreed_until is None else min(agreed_until, last)


def reckon_anew(child: Child, *, was_born: date) -> None:
    """Move the end of the child's guardianships with a corrected birth date; one that was ended before stays so.

    What a carer was given ends on that day still: a birth date that is put right twice gives nobody more.
    """
    was = birthday(was_born, ADULT_AGE)
    for row in Guardianship.objects.filter(child=child):
        if row.ends_on == (was if row.agreed_until is None else min(row.agreed_until, was)):
            row.ends_on = end_of(child, row.agreed_until)
            row.save(update_fields=["ends_on", "changed_at"])


def forget(now: datetime) -> int:
    """Delete what guardians had named or made for those who are of age; return how much.

    Whom they named stays as long as the birth date may be put right: nobody sees it meanwhile.
    """
    on = today(now)
    of_age = Child.objects.filter(birth_date__lte=born_by(ADULT_AGE, on)).values("pk")
    fetchers = PickUpPerson.objects.filter(child__in=Child.objects.filter(of_age_for_good(on)).values("pk")).delete()[0]
    links = sum(model.objects.filter(child__in=of_age, used_at=None).delete()[0] for model in (YouthLink, GuardianLink))
    return fetchers + links
