"""Who decides where, and the two-step choice of a region."""

import pytest

from organisations import areas, queries
from organisations.models import Organisation, Region
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


def test_league_for_is_the_nearest_admitted_one_above():
    city = make_organisation("league", region=make_region("市辖区"))
    district = make_organisation("league", region=make_region("北辰区"))
    make_organisation("league", region=make_region("天穆镇"), status="applied")
    make_organisation("provider", region=make_region("天穆镇"))

    assert queries.league_for(make_region("天穆村")) == district
    assert queries.leagues_above(make_region("天穆村")) == [district, city]
    assert queries.league_for(make_region("市辖区")) == city


def test_league_for_a_region_without_one_is_refused():
    with pytest.raises(queries.NoLeague):
        queries.league_for(make_region())


def test_offices_for_a_community_come_nearest_first():
    street = make_organisation("office", region=make_region("瑞景街道"))
    community = make_organisation("office", region=make_region("翡翠城社区"))
    make_organisation("office", region=make_region("天穆镇"))

    assert queries.offices_for(make_region("翡翠城社区")) == [community, street]


def test_organisations_within_a_region_are_those_below_it():
    street = make_organisation("office", region=make_region("瑞景街道"))
    ngo = make_organisation("provider", region=make_region("北辰区"))

    assert set(queries.organisations_within(make_region("北辰区"))) == {street, ngo}
    assert list(queries.organisations_within(make_region("北辰区"), "office")) == [street]


def test_regions_within_above_and_is_within_agree():
    district, village, town = make_region("北辰区"), make_region("翡翠城社区"), make_region("天穆镇")

    assert village in Region.objects.within(district)
    assert set(Region.objects.above(village)) >= {village, district}
    assert (village.is_within(district), district.is_within(village), village.is_within(town)) == (True, False, False)
    assert str(village) == "翡翠城社区"


def test_visible_organisations_are_the_leagues_area_or_ones_own():
    league = make_member(make_organisation("league", region=make_region("北辰区")), "auditor")
    manager = make_member(make_organisation("provider", region=make_region("天穆镇"), status="suspended"), "manager")
    make_organisation("provider", region=make_region("市辖区"))

    assert set(Organisation.objects.visible_to(league)) == {league.organisation, manager.organisation}
    assert list(Organisation.objects.visible_to(manager)) == [manager.organisation]


def test_townships_are_grouped_by_county_within_the_leagues_area(django_assert_num_queries):
    make_organisation("league", region=make_region("北辰区"))

    with django_assert_num_queries(3):
        plain = areas.townships()
    grouped = areas.townships(with_counties=True)

    assert [(name, [label for _code, label in group]) for name, group in plain] == [("北辰区", ["瑞景街道", "天穆镇"])]
    assert [label for _code, label in grouped[0][1]] == ["北辰区", "瑞景街道", "天穆镇"]


def test_townships_without_a_league_are_none():
    make_region()

    assert areas.townships() == []


def test_communities_of_a_township_or_itself_where_there_are_none():
    street, village = make_region("瑞景街道"), make_region("翡翠城社区")

    assert areas.communities(street.pk) == [(village.pk, "翡翠城社区")]
    assert areas.communities(village.pk) == [(village.pk, "翡翠城社区")]


@pytest.mark.parametrize(("language", "shown"), [("en", "Morning Light"), ("zh-hans", "晨光")])
def test_names_are_shown_in_the_pages_language(language, shown):
    from django.utils import translation

    organisation = make_organisation(name="晨光", name_en="Morning Light")
    with translation.override(language):
        assert str(organisation) == shown
