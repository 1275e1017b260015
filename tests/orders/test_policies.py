"""Who may do what with orders, and who sees them."""

import pytest

from orders import policies
from orders.models import Order
from orders.statuses import Side, Verb
from organisations.acting import Acting, clock
from tests.factories.orders import make_order, make_stage, make_submitted
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def order(stage):
    return make_submitted(stage)


def test_each_party_is_known(stage, order):
    sides = [policies.side_of(by, order) for by in (stage.office, stage.coordinator, stage.officer, stage.finance)]

    assert sides == [Side.OFFICE, Side.PROVIDER, Side.LEAGUE, Side.FINANCE]
    assert policies.side_of(clock("orders.sweep"), order) == Side.CLOCK


def test_strangers_are_no_party(stage, order):
    strangers = [
        Acting(),
        Acting(user=make_user()),
        make_member(make_organisation("provider"), "manager"),
        make_member(order.office, "child_officer"),
        make_member(order.league, "auditor"),
    ]

    assert {policies.side_of(by, order) for by in strangers} == {None}


def test_a_suspended_organisation_is_no_party(stage, order):
    stage.provider.organisation.status = "suspended"

    assert policies.side_of(stage.provider, order) is None


@pytest.mark.parametrize(("verb", "coordinator_may"), [(Verb.ACCEPT, False), (Verb.DECLINE, False)])
def test_answers_are_the_managers(stage, order, verb, coordinator_may):
    assert policies.may(stage.provider, order, verb)
    assert policies.may(stage.coordinator, order, verb) is coordinator_may


def test_a_clerk_orders_up_to_an_amount(stage, order, settings):
    clerk = make_member(order.office, "clerk")
    settings.ORDER_CLERK_LIMIT = order.total
    assert policies.may(clerk, order, Verb.CANCEL)

    settings.ORDER_CLERK_LIMIT = order.total - 1
    assert not policies.may(clerk, order, Verb.CANCEL)
    assert policies.may(clerk, order, Verb.EDIT)


def test_files_are_added_by_the_three_parties(stage, order):
    allowed = [policies.may_attach(by, order) for by in (stage.office, stage.provider, stage.officer, stage.finance)]

    assert allowed == [True, True, True, False]


def test_drafts_are_seen_by_their_office_only(stage):
    draft = make_order(stage)
    everybody = (stage.office, stage.provider, stage.officer)

    assert [draft in Order.objects.visible_to(by) for by in everybody] == [True, False, False]


def test_submitted_orders_are_seen_by_the_parties(stage, order):
    auditor, editor = make_member(order.league, "auditor"), make_member(order.league, "editor")
    everybody = (stage.office, stage.coordinator, stage.officer, stage.finance, auditor)

    assert [order in Order.objects.visible_to(by) for by in everybody] == [True] * 5
    assert order not in Order.objects.visible_to(editor)


def test_nobody_elses_orders_are_seen(stage, order):
    strangers = [
        make_member(make_organisation("office"), "manager"),
        make_member(make_organisation("provider"), "manager"),
        make_member(make_organisation("league"), "officer"),
        make_member(order.office, "child_officer"),
        Acting(user=make_user()),
        Acting(),
    ]

    assert [Order.objects.visible_to(by).count() for by in strangers] == [0] * 6


class _Request:
    def __init__(self, acting):
        self.acting = acting


def test_pages_are_for_those_who_deal_with_orders(stage):
    readers = [stage.office, stage.provider, stage.officer, stage.finance]
    others = [Acting(), Acting(user=make_user()), make_member(make_organisation("enterprise"), "manager")]

    assert [policies.reads_orders(_Request(by)) for by in readers + others] == [True] * 4 + [False] * 3


def test_ordering_is_for_offices_and_schools(stage):
    school = make_member(make_organisation("school"), "clerk")
    everybody = [stage.office, school, stage.provider, stage.officer]

    assert [policies.orders(_Request(by)) for by in everybody] == [True, True, False, False]
