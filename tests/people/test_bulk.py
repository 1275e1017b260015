"""Many families at once follow the rules of one."""

import uuid
from datetime import date, timedelta

import pytest

from organisations.acting import Acting
from people.bulk import Family, add_families
from people.models import Child, ChildHistory, Guardianship
from people.services import BirthDateImpossible, ChildFacts
from safeguarding import clearance, consents
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


def _family(by, *births):
    home = make_region("翡翠城社区")
    children = [(ChildFacts(f"孩子{n}", birth, home), uuid.uuid4()) for n, birth in enumerate(births)]
    return Family(name="林家长", phone="+8613800000000", by=by, children=children)


def test_add_families_makes_what_one_by_one_makes(now):
    parent, clerk = Acting(user=make_user()), make_member(make_organisation("office", region=make_region()), "clerk")

    children = add_families(
        [_family(parent, date(2017, 5, 1), date(2019, 5, 1)), _family(clerk, date(2016, 5, 1))], now=now
    )

    assert [child.registered_by for child in children] == [None, None, clerk.organisation]
    guardians = [one.guardian.user for one in Guardianship.objects.order_by("pk")]
    assert guardians == [parent.user, parent.user, None]
    actors = ChildHistory.objects.order_by("pk").values_list("actor", "on_behalf_of")
    assert list(actors) == [(parent.user.pk, None)] * 2 + [(clerk.user.pk, clerk.organisation.pk)]


def test_add_families_with_one_impossible_birth_date_adds_nobody(now):
    parent = Acting(user=make_user())

    with pytest.raises(BirthDateImpossible):
        add_families([_family(parent, date(2017, 5, 1), now.date() + timedelta(days=9))], now=now)

    assert not Child.objects.exists()


def test_answer_many_counts_as_consent_of_each(now):
    children = add_families([_family(Acting(user=make_user()), date(2017, 5, 1), date(2019, 5, 1))], now=now)
    pairs = [(child, child.guardianships.get().guardian) for child in children]

    consents.answer_many(pairs, purpose="sign_up", given=True, now=now)

    assert clearance.lacking_consent(children, now.date()) == set()


def test_answer_many_refuses_somebody_who_is_no_guardian(now):
    ours, theirs = add_families(
        [_family(Acting(user=make_user()), date(2017, 5, 1)), _family(Acting(user=make_user()), date(2018, 5, 1))],
        now=now,
    )

    with pytest.raises(consents.NotTheGuardian):
        consents.answer_many([(ours, theirs.guardianships.get().guardian)], purpose="sign_up", given=True, now=now)
