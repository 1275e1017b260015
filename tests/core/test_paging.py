"""A long list is walked from end to end and back without a row left out or shown twice."""

import pytest

from core.paging import steps
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
NAMES = ["丙", "甲", "乙", "甲", "甲", "丙", "乙"]


@pytest.fixture(params=[("name", "pk"), ("-name", "pk"), ("-name", "-pk"), ("-pk",)], ids=str)
def rows(request):
    for name in NAMES:
        make_user(name=name)
    return User.objects.order_by(*request.param)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_walk_to_the_end_and_back_shows_every_row_once(rows, size):
    pages = [steps(rows, {}, size)]
    while pages[-1].next:
        pages.append(steps(rows, {"after": str(pages[-1].next)}, size))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(steps(rows, {"before": str(back[-1].previous)}, size))

    assert [row for page in pages for row in page.object_list] == list(rows)
    assert {row for page in back for row in page.object_list} == set(rows)
    assert sum(len(page.object_list) for page in back) == len(NAMES)
    assert pages[0].is_whole is (size >= len(NAMES))


def test_a_row_that_came_or_went_moves_no_other(django_assert_num_queries):
    first, second, third, fourth = [make_user(name=name) for name in "甲乙丙丁"]
    rows = User.objects.order_by("name", "pk")
    seen = steps(rows, {}, 2).object_list
    make_user(name="一")

    with django_assert_num_queries(2):
        rest = steps(rows, {"after": str(seen[-1].pk)}, 2)

    assert [*seen, *rest.object_list] == sorted([first, second, third, fourth], key=lambda one: (one.name, one.pk))
    assert rest.next is None


@pytest.mark.parametrize("asked", [{"after": "x"}, {"after": "999999"}, {"before": "-1"}, {"after": "9" * 40}, {}])
def test_nonsense_leads_to_the_first_page(asked):
    one = make_user(name="甲")

    page = steps(User.objects.order_by("name", "pk"), asked, 5)

    assert (page.object_list, page.previous, page.next) == ([one], None, None)


def test_two_lists_on_a_page_are_turned_by_themselves():
    people = [make_user(name=name) for name in "甲乙"]
    rows = User.objects.order_by("pk")

    page = steps(rows, {"after": str(people[0].pk)}, 1, "pay-")
    assert page.object_list == [people[0]]
    page = steps(rows, {"pay-after": str(people[0].pk)}, 1, "pay-")
    assert page.object_list == [people[1]]


@pytest.mark.parametrize("rows", [User.objects.order_by("name"), User.objects.order_by()])
def test_a_list_without_a_certain_order_is_not_paged(rows):
    with pytest.raises(ValueError, match="primary key"):
        steps(rows, {}, 5)
