"""The page on which a family writes, changes and deletes a child's health note."""

import re

import pytest

from core.time import today
from organisations.acting import Acting
from privacy import mydata
from safeguarding import consents, health
from safeguarding.models import Consent, ConsentText, HealthNote
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent, make_note
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
WORDS = "花生过敏"


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def guardian(client):
    guardian = make_guardian()
    client.force_login(guardian.user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return guardian


@pytest.fixture
def child(guardian):
    return make_child(guardian, name="小满")


def page(child) -> str:
    return f"/safeguarding/health/{child.pk}/"


def answers(**more):
    return {"text": WORDS, "agrees_to": consents.to_ask("health", today(NOW)).pk, "agreed": "on", "seen": "0", **more}


def test_the_box_is_not_ticked_and_the_whole_text_stands_beside_it(client, child):
    text = client.get(page(child)).text

    box = re.search(r"<input[^>]*name=\"agreed\"[^>]*>", text)
    assert box
    assert "checked" not in box[0]
    assert "at most a year after" not in text
    assert "at the latest a year after the last activity" in text
    assert f'href="{page(child)}"' in client.get("/my/children/").text


def test_a_guardian_writes_changes_and_deletes_the_note(client, child):
    assert client.post(page(child), answers())["Location"] == page(child)
    assert HealthNote.objects.get().text == WORDS
    shown = client.get(page(child))
    assert WORDS in shown.text
    assert 'name="agreed"' not in shown.text
    assert "no-store" in shown["cache-control"]

    seen = re.search(r'name="seen" value="(\d+)"', shown.text)
    assert seen
    client.post(page(child), {"text": "哮喘", "seen": seen[1]})
    assert HealthNote.objects.get().text == "哮喘"

    client.post(f"{page(child)}delete/")
    assert not HealthNote.objects.exists()
    assert "Delete the note" not in client.get(page(child)).text


@pytest.mark.parametrize("lack", [{"agreed": ""}, {"text": "  "}, {"text": "长" * 301}, {"agrees_to": "x"}])
def test_what_lacks_is_said_and_nothing_is_kept(client, child, lack):
    response = client.post(page(child), answers(**lack))

    assert response.status_code == 422
    assert not HealthNote.objects.exists()
    assert not Consent.objects.exists()


def test_a_text_of_another_purpose_is_not_found(client, child):
    other = consents.to_ask("photo", today(NOW))

    assert client.post(page(child), answers(agrees_to=other.pk)).status_code == 404


def test_a_text_that_was_replaced_meanwhile_is_asked_for_again_and_the_words_stay(client, child):
    sent = answers()
    asked_now = ConsentText.objects.create(
        purpose="health", version=99, text_zh="x", text_en="x", required_from=today(NOW)
    )

    response = client.post(page(child), sent)

    box = re.search(r"<input[^>]*name=\"agreed\"[^>]*>", response.text)
    assert box
    assert "checked" not in box[0]
    assert WORDS in response.text
    assert f'name="agrees_to" value="{asked_now.pk}"' in response.text
    assert not Consent.objects.exists()


def test_two_guardians_at_once_lose_nothing(client, child, guardian):
    client.post(page(child), answers())

    response = client.post(page(child), {"text": "哮喘", "seen": "0"})

    assert response.status_code == 422
    assert WORDS in response.text
    assert HealthNote.objects.get().text == WORDS


def test_taking_the_consent_back_on_its_page_deletes_the_note(client, child):
    client.post(page(child), answers())
    consent = Consent.objects.get()
    there = f"/safeguarding/consents/{child.pk}/"
    assert "The health note is deleted with it." in client.get(there).text

    client.post(f"{there}{consent.pk}/withdraw/")

    assert not HealthNote.objects.exists()


def test_a_youth_writes_for_themself(client):
    youth = make_youth()
    client.force_login(youth.user)
    assert f'href="{page(youth)}"' in client.get("/my/children/").text

    client.post(page(youth), answers())

    assert HealthNote.objects.get().consent.guardian is None


def test_the_office_that_registered_the_family_meets_no_note_and_is_not_asked_for_a_paper(client):
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office))
    client.force_login(make_member(office, "clerk").user)

    assert client.get(page(child)).status_code == 403
    assert client.post(page(child), answers()).status_code == 403
    assert client.post(f"{page(child)}delete/").status_code == 403
    assert f"/safeguarding/consents/{child.pk}/health/" not in client.get(f"/safeguarding/consents/{child.pk}/").text


def test_a_stranger_learns_not_even_that_there_is_a_child(client, child, guardian):
    by = Acting(user=guardian.user)
    asked = consents.to_ask("health", today(NOW))
    health.write(child, WORDS, guardian=guardian, by=by, now=NOW, agrees_to=asked)
    client.force_login(make_guardian().user)

    assert client.get(page(child)).status_code == 404
    assert client.post(f"{page(child)}delete/").status_code == 404
    assert HealthNote.objects.exists()


def test_a_clerk_reads_nothing_of_health_notes_and_answers_nothing_about_them(client):
    clerk = make_member(make_family_office(), "clerk")
    guardian = make_guardian(registered_by=clerk.organisation, user=make_user())
    child = make_child(guardian)
    consent = make_consent(child, guardian, purpose="health")
    client.force_login(clerk.user)
    consents_page = f"/safeguarding/consents/{child.pk}/"

    shown = client.get(consents_page, headers={"accept-language": "en"}).text
    assert "Photos" in shown
    assert "ealth note" not in shown
    paper = {"guardian": guardian.pk, "paper_on": "2026-11-20", "text": consent.text_id, "answer": "refused"}
    assert client.post(f"{consents_page}health/answer/", paper).status_code == 403
    assert client.post(f"{consents_page}{consent.pk}/withdraw/").status_code == 403

    assert Consent.objects.get().is_standing


@pytest.mark.parametrize(
    ("language", "words"), [("en", "in no file but your own"), ("zh-hans", "除了你自己的数据文件")]
)
def test_the_page_says_truly_that_the_note_stands_in_ones_own_file(client, guardian, child, language, words):
    make_note(child, guardian, WORDS)

    assert words in client.get(page(child), headers={"accept-language": language}).text
    assert WORDS in str(list(mydata.collect(mydata.everything_of(guardian.user, NOW))))
