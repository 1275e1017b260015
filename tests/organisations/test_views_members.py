"""Pages: members, invitations, switching, venues, profile."""

import re
import uuid
from datetime import date

import pytest
from django.utils import timezone

from notifications.models import Letter
from organisations import memberships, services
from organisations.models import Invitation, Membership, Venue
from tests.factories.organisations import make_member, make_organisation, make_region, make_venue
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(client):
    by = make_member(make_organisation("provider"), "manager")
    client.force_login(by.user)
    return by


def invited(email: str, role: str) -> dict[str, str]:
    """What the browser sends to invite somebody."""
    return {"email": email, "role": role, "submission_id": str(uuid.uuid4())}


@pytest.fixture
def link(client, head):
    client.post("/organisations/members/", invited("new@example.test", "coordinator"))
    return re.search(r"/invitations/[\w-]+/", Letter.objects.get().body)[0]


def test_members_page_says_the_same_whether_the_address_has_an_account(client, head):
    make_user("known@example.test")

    texts = []
    for email in ("known@example.test", "other@example.test"):
        page = client.post("/organisations/members/", invited(email, "finance"), follow=True)
        texts.append(str(next(iter(page.context["messages"]))).replace(email, "…"))

    assert texts[0] == texts[1]


def test_members_page_refuses_a_role_of_another_kind(client, head):
    page = client.post("/organisations/members/", {"email": "x@example.test", "role": "officer"})

    assert (page.status_code, Invitation.objects.count()) == (422, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_members_page_costs_the_same_for_one_and_three(client, head, rows, django_assert_num_queries):
    for n in range(rows):
        make_member(head.organisation, "coordinator")
        client.post("/organisations/members/", invited(f"{n}@example.test", "finance"))
    client.get("/organisations/members/")

    with django_assert_num_queries(4):
        assert client.get("/organisations/members/").status_code == 200


def test_a_member_without_the_head_role_sees_colleagues_and_changes_nothing(client, head):
    client.force_login(make_member(head.organisation, "coordinator").user)
    membership = Membership.objects.get(user=head.user)

    page = client.get("/organisations/members/")

    assert (page.status_code, head.user.email in page.content.decode()) == (200, False)
    assert client.post("/organisations/members/", {"email": "x@example.test", "role": "finance"}).status_code == 403
    assert client.post(f"/organisations/members/{membership.pk}/end/").status_code == 403
    assert client.post(f"/organisations/members/{membership.pk}/role/", {"role": "finance"}).status_code == 403


def test_invitation_is_read_signed_out_and_accepted_signed_in(client, link, head):
    client.logout()
    page = client.get(link).content.decode()
    assert (f"/accounts/login/?next={link}" in page, "new@example.test" in page) == (True, False)
    assert client.post(link).status_code == 200

    user = make_user()
    client.force_login(user)
    client.get(link)
    assert client.post(link).status_code == 302

    assert Membership.objects.get(user=user).role == "coordinator"
    assert client.get(link).status_code == 410


def test_invitation_is_withdrawn_by_button_but_not_by_another_organisation(client, link, head):
    invitation = Invitation.objects.get()
    client.force_login(make_member(make_organisation("provider"), "manager").user)
    assert client.post(f"/organisations/invitations/{invitation.pk}/withdraw/").status_code == 404

    client.force_login(head.user)
    client.post(f"/organisations/invitations/{invitation.pk}/withdraw/")

    assert client.get(link).status_code == 410


def test_role_is_ended_and_changed_by_button(client, head):
    first, second = make_member(head.organisation, "coordinator"), make_member(head.organisation, "coordinator")
    ended, changed = Membership.objects.get(user=first.user), Membership.objects.get(user=second.user)

    assert client.get(f"/organisations/members/{ended.pk}/end/").status_code == 200
    assert client.post(f"/organisations/members/{ended.pk}/end/")["Location"] == "/organisations/members/"
    assert client.get(f"/organisations/members/{changed.pk}/role/").status_code == 200
    assert client.post(f"/organisations/members/{changed.pk}/role/", {"role": "finance"}).status_code == 302
    assert client.post(f"/organisations/members/{changed.pk}/role/", {"role": "clerk"}).status_code == 404

    client.force_login(first.user)
    assert client.get("/organisations/members/").status_code == 403


def test_the_last_head_is_told_why_nothing_happens(client, head):
    membership = Membership.objects.get(user=head.user)

    ended = client.post(f"/organisations/members/{membership.pk}/end/")
    changed = client.post(f"/organisations/members/{membership.pk}/role/", {"role": "finance"})

    assert (ended.status_code, "Name a successor first" in ended.content.decode()) == (409, True)
    assert (changed.status_code, "Name a successor first" in changed.content.decode()) == (422, True)


def test_a_head_who_leaves_is_sent_on(client, head):
    make_member(head.organisation, "manager")
    membership = Membership.objects.get(user=head.user)

    assert client.post(f"/organisations/members/{membership.pk}/end/")["Location"] == "/workbench/"


def test_member_of_another_organisation_is_not_there(client, head):
    other = Membership.objects.get(user=make_member(make_organisation("provider"), "manager").user)

    assert client.post(f"/organisations/members/{other.pk}/end/").status_code == 404


def test_switching_is_among_ones_own_organisations(client, head):
    second = make_member(make_organisation("office", region=make_region()), "clerk", user=head.user).organisation
    stranger = make_organisation("office")

    assert client.post("/acting/", {"organisation": second.pk}).status_code == 302
    assert client.get("/organisations/members/").context["organisation"] == second
    for wrong in (stranger.pk, "", "x"):
        assert client.post("/acting/", {"organisation": wrong}).status_code == 403


def test_switching_without_a_membership_is_refused(client):
    client.force_login(make_user())

    assert client.post("/acting/", {"organisation": "1"}).status_code == 403


def test_venues_are_added_changed_and_listed(client, head):
    given = {"name": "活动室", "address": "示范路1号", "capacity": "30", "phone": "022-26390000"}

    assert "No venue yet" in client.get("/organisations/venues/").content.decode()
    made = client.post("/organisations/venues/new/", {**given, "submission_id": str(uuid.uuid4())})
    assert made.status_code == 302
    venue = Venue.objects.get()
    assert (venue.organisation, venue.phone) == (head.organisation, "+862226390000")

    assert client.get(f"/organisations/venues/{venue.pk}/").status_code == 200
    assert client.post(f"/organisations/venues/{venue.pk}/", {**given, "capacity": "25"}).status_code == 302
    venue.refresh_from_db()
    assert (venue.capacity, venue.is_active) == (25, False)
    assert "活动室" in client.get("/organisations/venues/").content.decode()


@pytest.mark.parametrize("fields", [{"capacity": "0"}, {"capacity": "5001"}, {"capacity": "x"}, {"name": ""}])
def test_venue_with_a_wrong_answer_is_refused(client, head, fields):
    given = {"name": "活动室", "address": "示范路1号", "capacity": "30", "submission_id": str(uuid.uuid4()), **fields}

    assert client.post("/organisations/venues/new/", given).status_code == 422


def test_venue_of_a_taken_name_is_refused_on_both_forms(client, head):
    first, second = make_venue(head.organisation), make_venue(head.organisation)
    given = {"name": first.name, "address": "示范路1号", "capacity": "30"}

    assert client.post("/organisations/venues/new/", {**given, "submission_id": str(uuid.uuid4())}).status_code == 422
    assert client.post(f"/organisations/venues/{second.pk}/", given).status_code == 422


def test_venues_are_read_by_every_member_and_changed_by_who_looks_after_them(client):
    office = make_organisation("office", region=make_region())
    venue = make_venue(office)
    client.force_login(make_member(office, "child_officer").user)

    page = client.get("/organisations/venues/").content.decode()
    assert (venue.name in page, f"/organisations/venues/{venue.pk}/" in page) == (True, False)
    for address in ("new", venue.pk):
        assert client.post(f"/organisations/venues/{address}/").status_code == 403


def test_venue_of_another_organisation_is_not_there(client, head):
    assert client.get(f"/organisations/venues/{make_venue().pk}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_venues_cost_the_same_for_one_and_three(client, head, rows, django_assert_num_queries):
    for _ in range(rows):
        make_venue(head.organisation)

    with django_assert_num_queries(3):
        assert client.get("/organisations/venues/").status_code == 200


def test_profile_is_changed_by_the_head(client, head):
    assert client.get("/organisations/profile/").status_code == 200
    assert client.post("/organisations/profile/", {"about": "五年社区服务"}).status_code == 302

    head.organisation.refresh_from_db()
    assert head.organisation.about == "五年社区服务"
    assert client.post("/organisations/profile/", {"contact_phone": "12"}).status_code == 422


def test_session_of_who_lost_the_role_loses_its_rights_at_once(client, head):
    other = make_member(head.organisation, "manager")
    client.force_login(other.user)
    assert client.get("/organisations/members/").status_code == 200
    memberships.end(Membership.objects.get(user=other.user), by=head, now=timezone.now())

    assert client.get("/organisations/members/").status_code == 403
    answer = client.post("/organisations/members/", {"email": "x@example.test", "role": "manager"})
    assert (answer.status_code, Invitation.objects.count()) == (403, 0)


def test_withdrawing_what_was_accepted_is_told(client, link, head):
    memberships.accept(link.rstrip("/").rpartition("/")[2], user=make_user(), now=timezone.now())
    address = f"/organisations/invitations/{Invitation.objects.get().pk}/withdraw/"

    page = client.post(address, follow=True, headers={"accept-language": "en"}).content.decode()

    assert "has been accepted already" in page
    assert "no longer works" not in page


def test_an_older_venue_form_overwrites_nothing_unseen_and_then_goes_through(client, head):
    """Without it a colleague's new room size is gone, and nobody notices until thirty children stand at the door."""
    venue, colleague = make_venue(head.organisation), make_member(head.organisation, "manager")
    url = f"/organisations/venues/{venue.pk}/"
    assert 'name="seen" value="0"' in client.get(url).content.decode()
    services.edit_venue(venue, by=colleague, now=timezone.now(), capacity=31, is_active=False)
    save = services.venue_saves(venue).get()
    mine = {"name": "新名", "name_en": "", "address": venue.address, "capacity": "25", "phone": "", "is_active": "on"}

    first = client.post(url, {**mine, "seen": "0"})

    page = first.content.decode()
    rows = {row.label: (row.theirs, row.yours) for row in first.context["form"].meanwhile}
    venue.refresh_from_db()
    assert (first.status_code, venue.capacity) == (422, 31)
    assert f"{colleague.user.name} saved a change on" in page
    assert (rows["Holds"], rows["In use"]) == (("31", "25"), ("no", "yes"))
    assert 'value="新名"' in page
    assert f'name="seen" value="{save.pk}"' in page

    second = client.post(url, {**mine, "seen": save.pk})

    venue.refresh_from_db()
    assert (second.status_code, venue.capacity, venue.is_active) == (302, 25, True)


def test_a_venue_saved_by_a_double_click_is_changed_once_and_refused_to_nobody(client, head):
    venue = make_venue(head.organisation)
    mine = {"name": "新名", "address": venue.address, "capacity": "25", "seen": "0"}

    answers = [client.post(f"/organisations/venues/{venue.pk}/", mine).status_code for _ in range(2)]

    assert (answers, services.venue_saves(venue).count()) == ([302, 302], 1)


def test_another_venues_change_makes_no_form_old(client, head):
    venue, other = make_venue(head.organisation), make_venue(head.organisation)
    services.edit_venue(other, by=head, now=timezone.now(), capacity=31)
    mine = {"name": venue.name, "address": venue.address, "capacity": "25", "seen": "0"}

    assert client.post(f"/organisations/venues/{venue.pk}/", mine).status_code == 302


def test_an_older_profile_form_overwrites_nothing_unseen_and_then_goes_through(client, head):
    """Without it the second head silently puts the old phone number back."""
    colleague = make_member(head.organisation, "manager")
    day = date(2027, 3, 1)
    services.edit_profile(
        head.organisation, by=colleague, now=timezone.now(), contact_phone="+8613800001111", certificate_until=day
    )
    save = services.profile_saves(head.organisation).get()
    mine = {"contact_phone": "139 0000 2222", "about": "五年社区服务"}

    first = client.post("/organisations/profile/", {**mine, "seen": "0"})

    page = first.content.decode()
    rows = {row.label: (row.theirs, row.yours) for row in first.context["form"].meanwhile}
    head.organisation.refresh_from_db()
    assert (first.status_code, head.organisation.contact_phone) == (422, "+8613800001111")
    assert f"{colleague.user.name} saved a change on" in page
    assert rows["Contact phone"] == ("138 0000 1111", "139 0000 2222")
    assert rows["Registration certificate valid until"] == ("Mon 1 Mar 2027", "")
    assert "五年社区服务" in page

    second = client.post("/organisations/profile/", {**mine, "seen": save.pk})

    head.organisation.refresh_from_db()
    assert (second.status_code, head.organisation.contact_phone) == (302, "+8613900002222")


def test_a_double_click_adds_a_venue_once_and_both_answers_say_so(client, head):
    """Without it the second click reads that the name is taken: by the venue that the first one made."""
    number = str(uuid.uuid4())
    given = {"name": "二楼活动室", "address": "集贤里 1 号", "capacity": "20", "submission_id": number}

    answers = [client.post("/organisations/venues/new/", given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Venue.objects.count() == head.organisation.history.filter(verb="add_venue").count() == 1
    assert number not in client.get("/organisations/venues/new/").content.decode()


def test_a_venues_number_of_another_organisation_shows_nothing_of_it(client, head):
    theirs = make_venue()
    given = {"name": "活动室", "address": "x", "capacity": "20", "submission_id": str(theirs.submission_id)}

    page = client.post("/organisations/venues/new/", given)

    assert (page.status_code, theirs.name in page.content.decode()) == (422, False)


def test_a_double_click_invites_once_and_the_link_in_the_letter_works(client, head):
    """Without it two letters go out, and the link in the first one is dead."""
    data = invited("new@example.test", "coordinator")

    answers = [client.post("/organisations/members/", data).status_code for _ in range(2)]

    link = re.search(r"/invitations/[\w-]+/", Letter.objects.get().body)[0]
    assert (answers, Invitation.objects.count()) == ([302, 302], 1)
    assert head.organisation.history.filter(verb="invite").count() == 1
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("other", [{"email": "b@example.test"}, {"role": "finance"}])
def test_a_number_that_invited_somebody_else_invites_nobody(client, head, other):
    """Whoever goes back in the browser and writes another address must not read that the letter is on its way."""
    data = invited("a@example.test", "coordinator")
    client.post("/organisations/members/", data)

    page = client.post("/organisations/members/", {**data, **other})

    assert (page.status_code, Invitation.objects.count()) == (422, 1)
    assert "fill in a new one" in page.content.decode()
