"""Finding programmes: every hit of a plain substring search, whatever people type."""

import pytest

from catalog import lifecycle, queries, search, services
from catalog.models import Programme
from tests.factories.catalog import make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


def found(now, **criteria) -> list[Programme]:
    rows = queries.search(queries.menu(), queries.Criteria(**criteria), now=now)
    return list(rows.order_by("pk"))


@pytest.fixture
def court():
    return make_programme(theme="law", title="模拟法庭进社区", title_en="Mock court")


@pytest.fixture
def kitchen():
    return make_programme(theme="science", title="厨房里的科学实验", title_en="Kitchen Science", min_age=13, max_age=15)


@pytest.mark.parametrize(
    "q",
    [
        "庭",
        "法庭",
        "拟法庭进",
        "模拟法庭进社区",
        "MOCK",
        "mock COURT",
        "court 模拟",
        "ｃｏｕｒｔ",
        "法治教育",
        "Law and",
        "  法庭 ",
    ],
)
def test_search_finds_one_two_four_six_characters_and_any_case(court, kitchen, now, q):
    assert found(now, q=q) == [court]


@pytest.mark.parametrize("q", ["庭法", "模拟 科学", "法庭%", "_庭", "court*"])
def test_search_finds_nothing_that_is_not_there(court, kitchen, now, q):
    assert found(now, q=q) == []


def test_search_finds_every_substring_of_every_text(court, now):
    text = "模拟法庭进社区"
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            assert found(now, q=text[start:end]) == [court]


def test_search_finds_the_provider_by_its_present_name(now):
    provider = make_organisation("provider", name="青禾中心", name_en="Qinghe")
    programme = make_programme(provider=provider)
    provider.name = "新禾中心"
    provider.save()

    assert (found(now, q="新禾"), found(now, q="青禾"), found(now, q="qing")) == ([programme], [], [programme])


def test_search_finds_steps_and_series(now):
    manager = make_member(make_organisation("provider"), "manager")
    officer = make_member(make_organisation("league"), "officer")
    draft = make_draft(by=manager)
    services.edit_draft(draft, {}, by=manager, now=now, series=("小小体验官", "Officers"))
    lifecycle.submit(draft, by=manager, now=now)
    lifecycle.publish(draft, by=officer, now=now)

    assert found(now, q="采访邻居") == found(now, q="体验官") == [draft]


def test_search_reads_the_version_on_the_menu_not_the_draft(now):
    manager = make_member(make_organisation("provider"), "manager")
    programme = make_programme(by=manager, title="旧名字")
    services.edit_draft(programme, {"title": "新名字"}, by=manager, now=now)

    assert (found(now, q="旧名字"), found(now, q="新名字")) == ([programme], [])


HOSTILE = [
    "'",
    '"',
    "%",
    "_",
    "\\",
    "a\x00b",
    "\x00",
    "';--",
    "﷽" * 200,
    "字" * 10_000,
    "( ) { } [ ] * : ^",
    "\ud7ff",
    "🎏",
]


@pytest.mark.parametrize("q", HOSTILE)
def test_hostile_text_is_just_text(court, now, q):
    assert isinstance(found(now, q=q), list)


def test_words_are_few_and_short():
    assert len(search.words("a b c d e f g h")) == search.MAX_WORDS
    assert sum(map(len, search.words("字" * 10_000))) == search.MAX_QUERY


@pytest.mark.parametrize(
    ("age", "hits"),
    [
        ("8-12", 1),
        ("10-13", 2),
        ("7-9", 1),
        ("10", 1),
        ("13", 1),
        ("14-18", 1),
        ("4-6", 0),
        ("", 2),
        ("old", 2),
        ("²", 2),
        ("99999", 2),
    ],
)
def test_search_by_age_keeps_what_overlaps(court, kitchen, now, age, hits):
    assert len(found(now, age=age)) == hits


def test_search_by_theme(court, kitchen, now):
    assert found(now, theme="law") == [court]


def test_search_by_region_takes_providers_above_and_below_and_the_next_session(court, kitchen, now):
    kitchen.provider.region = make_region("天穆镇")
    kitchen.provider.save()

    assert found(now, region="120113008000") == [court]
    assert found(now, region="120113000000") == [court, kitchen]
    services.set_card_facts(kitchen.pk, next_region_id="120113008001")
    assert found(now, region="120113008000") == [court, kitchen]
    assert found(now, region="999") == [court, kitchen]


def test_search_by_date_ends_with_the_window(court, kitchen, now):
    services.set_card_facts(court.pk, next_session_at=now.replace(day=29))  # Sunday
    services.set_card_facts(kitchen.pk, next_session_at=now.replace(day=30))  # Monday

    assert found(now, when="weekend") == [court]
    assert found(now, when="week") == found(now, when="month") == [court, kitchen]
    assert found(now.replace(day=30, hour=3), when="month") == []


def test_search_for_places_left(court, kitchen, now):
    services.set_card_facts(court.pk, places_left=1)
    services.set_card_facts(kitchen.pk, places_left=0)

    assert found(now, free=True) == [court]


@pytest.mark.parametrize(("status", "kind"), [("suspended", "provider"), ("refused", "provider")])
def test_menu_leaves_out_providers_that_may_not_act(court, status, kind):
    court.provider.status = status
    court.provider.save()

    assert list(queries.menu()) == []


def test_menu_leaves_out_drafts():
    make_draft()

    assert list(queries.menu()) == []


def test_sorting(court, kitchen, now):
    services.set_card_facts(court.pk, rating_sum=25, rating_count=5, next_session_at=now.replace(day=28))
    services.set_card_facts(kitchen.pk, rating_sum=20, rating_count=4, next_session_at=now.replace(day=27))

    def order(sort: str) -> list[Programme]:
        return list(queries.ordered(queries.menu(), sort))

    assert (order("rating"), order("")) == ([court, kitchen], [court, kitchen])
    assert (order("soon"), order("new")) == ([kitchen, court], [kitchen, court])
    services.set_card_facts(kitchen.pk, next_session_at=None)
    assert order("soon") == [court, kitchen]


def test_sorting_by_price(now):
    dear, cheap = make_programme(price=90_000), make_programme(price=10_000)

    assert list(queries.ordered(queries.menu(), "price")) == [cheap, dear]


def test_tightest_names_the_filter_to_drop(court, kitchen, now):
    gains = queries.tightest(queries.Criteria(q="法庭", age="14-18", theme="mind"), now=now)

    assert gains == []
    gains = queries.tightest(queries.Criteria(q="法庭", age="14-18"), now=now)
    assert gains == [{"name": "q", "found": 1}, {"name": "age", "found": 1}]


def test_counts_and_regions_come_from_the_cache(court, django_assert_num_queries):
    make_organisation("office", region=make_region("瑞景街道"))
    make_organisation("office", region=make_region("天穆村"))
    queries.counts(), queries.regions(), queries.themes()

    with django_assert_num_queries(0):
        assert queries.counts() == {"law": 1, "all": 1, "providers": 1}
        assert queries.regions() == [("120113008000", "瑞景街道")]
        assert [theme.slug for theme in queries.themes()][:2] == ["practice", "school"]


@pytest.mark.parametrize("role", ["manager", "coordinator", "finance"])
def test_visible_to_shows_drafts_to_those_who_write_them(role):
    organisation = make_organisation("provider")
    draft = make_draft(provider=organisation)
    by = make_member(organisation, role)

    assert list(Programme.objects.visible_to(by)) == ([] if role == "finance" else [draft])


def test_visible_to_shows_everything_to_officers_and_auditors_only():
    draft, shown = make_draft(), make_programme()
    league = make_organisation("league")

    assert set(Programme.objects.visible_to(make_member(league, "officer"))) == {draft, shown}
    assert set(Programme.objects.visible_to(make_member(league, "auditor"))) == {draft, shown}
    assert set(Programme.objects.visible_to(make_member(league, "finance"))) == {shown}


def test_to_review_lists_new_ones_and_changes_the_longest_wait_first(now):
    manager = make_member(make_organisation("provider"), "manager")
    league = make_organisation("league")
    changed, fresh = make_programme(by=manager), make_draft(by=manager)
    services.edit_draft(changed, {"title": "新"}, by=manager, now=now)
    lifecycle.submit(fresh, by=manager, now=now)
    lifecycle.submit(changed, by=manager, now=now.replace(hour=1))
    make_draft(by=manager)

    assert list(queries.to_review(league)) == [changed, fresh]
    assert list(queries.to_review(make_organisation("league", region=make_region("天穆镇")))) == []
