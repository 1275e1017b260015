"""Health notes: a family's few words, only while it agrees to them, and read by nobody whom it did not mean."""

from datetime import date, timedelta

import pytest

from core.encryption import is_stored_encrypted
from core.privacy import Person
from core.time import today
from organisations.acting import Acting
from organisations.meanwhile import ChangedMeanwhile, state_of
from people.models import ChildHistory
from safeguarding import consents, health
from safeguarding.invariants import health_notes_are_agreed_to
from safeguarding.models import Consent, ConsentText, HealthNote
from safeguarding.privacy import erase, forget
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.safeguarding import make_consent
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ON = today(NOW)
WORDS = "花生过敏，肾上腺素笔在书包里"


@pytest.fixture
def guardian():
    return make_guardian()


@pytest.fixture
def child(guardian):
    return make_child(guardian)


def text() -> ConsentText:
    return consents.to_ask("health", ON)


def write(child, guardian, words=WORDS, **more):
    more = {"agrees_to": text(), "by": Acting(user=guardian.user), **more}
    return health.write(child, words, guardian=guardian, now=NOW, **more)


def test_the_note_is_stored_encrypted_with_the_consent_of_the_same_form(child, guardian):
    note = write(child, guardian)

    assert (note.consent.guardian, note.consent.text, note.written_at) == (guardian, text(), NOW)
    stored = HealthNote.objects.extra(select={"raw": '"safeguarding_healthnote"."text"'}).get().raw
    assert is_stored_encrypted(stored)
    assert HealthNote.objects.get().text == WORDS


def test_without_an_agreement_nothing_is_kept(child, guardian):
    with pytest.raises(health.NotAgreed):
        write(child, guardian, agrees_to=None)

    assert not HealthNote.objects.exists()


@pytest.mark.parametrize("version", [1, 2])
def test_an_agreement_to_an_earlier_text_covers_no_note_and_is_not_kept(child, guardian, version):
    old = ConsentText.objects.get(purpose="health", version=version)

    with pytest.raises(consents.TextChanged):
        write(child, guardian, agrees_to=old)

    assert not Consent.objects.exists()


def test_other_purposes_cover_no_note(child, guardian):
    make_consent(child, guardian)
    make_consent(child, guardian, purpose="photo")

    with pytest.raises(health.NotAgreed):
        write(child, guardian, agrees_to=None)


def test_taking_the_consent_back_deletes_the_note_and_any_guardian_may(child, guardian):
    note, other = write(child, guardian), make_guardian()
    make_guardianship(other, child)

    consents.withdraw(note.consent, by=Acting(user=other.user), now=NOW)

    assert not HealthNote.objects.exists()
    assert list(ChildHistory.objects.order_by("pk").values_list("verb", "note")) == [
        ("write_health_note", ""),
        ("delete_health_note", ""),
    ]


def test_only_the_consent_on_which_the_note_rests_takes_it_along(child, guardian):
    """At 18 the clock takes back what a guardian agreed to long ago; the youth's own note rests on their own yes."""
    old = make_consent(child, guardian, purpose="health")
    youth = make_youth(user=make_user())
    Consent.objects.filter(pk=old.pk).update(child=youth)
    health.write(youth, WORDS, guardian=None, by=Acting(user=youth.user), now=NOW, agrees_to=text())

    consents.withdraw(Consent.objects.get(pk=old.pk), by=Acting(user=youth.user), now=NOW)
    assert HealthNote.objects.get().text == WORDS

    consents.withdraw(HealthNote.objects.get().consent, by=Acting(user=youth.user), now=NOW)
    assert not HealthNote.objects.exists()


@pytest.mark.parametrize("given", [True, False])
def test_nobody_records_a_paper_about_health_notes(child, guardian, given):
    clerk = make_member(make_family_office(), "clerk")
    for by, paper in ((clerk, ON), (clerk, None), (Acting(user=guardian.user), ON)):
        with pytest.raises(consents.NotOnPaper):
            consents.answer(
                child, guardian=guardian, purpose="health", given=given, by=by, now=NOW, paper_on=paper, text=text()
            )

    assert not Consent.objects.exists()


def test_taking_back_the_consent_to_photos_leaves_the_note(child, guardian):
    write(child, guardian)

    consents.withdraw(make_consent(child, guardian, purpose="photo"), by=Acting(user=guardian.user), now=NOW)

    assert HealthNote.objects.exists()


def test_refusing_afterwards_deletes_the_note(child, guardian):
    write(child, guardian)

    make_consent(child, guardian, purpose="health", given=False)

    assert not HealthNote.objects.exists()


def test_a_newer_agreement_carries_the_note(child, guardian):
    note, other = write(child, guardian), make_guardian()
    make_guardianship(other, child)

    newer = make_consent(child, other, purpose="health", now=NOW + timedelta(days=1))

    note.refresh_from_db()
    assert note.consent == newer
    assert health_notes_are_agreed_to().breaches == []


def test_the_same_words_again_change_nothing(child, guardian):
    write(child, guardian)
    again = health.write(
        child, f" {WORDS} ", guardian=guardian, by=Acting(user=guardian.user), now=NOW + timedelta(days=1)
    )

    assert again.written_at == NOW
    assert ChildHistory.objects.count() == 1


def test_an_old_page_does_not_overwrite_what_the_other_guardian_saved(child, guardian):
    opened, other = state_of(health.saves_of(child)), make_guardian()
    make_guardianship(other, child)
    write(child, other, "哮喘")

    with pytest.raises(ChangedMeanwhile):
        write(child, guardian, seen=opened)

    assert HealthNote.objects.get().text == "哮喘"


def test_delete_deletes_once_and_the_consent_stays(child, guardian):
    write(child, guardian)
    by = Acting(user=guardian.user)

    health.take_back(child, by=by, now=NOW)
    health.take_back(child, by=by, now=NOW)

    assert not HealthNote.objects.exists()
    assert health.agreed(child, ON) is not None
    assert ChildHistory.objects.filter(verb="delete_health_note").count() == 1


def test_strangers_clerks_and_former_guardians_write_and_delete_nothing(child, guardian):
    write(child, guardian)
    office = make_family_office()
    type(child).objects.filter(pk=child.pk).update(registered_by=office)
    former = make_guardian()
    row = make_guardianship(former, child)
    row.ends_on = ON - timedelta(days=1)
    row.save()

    for by in (Acting(user=make_user()), make_member(office, "clerk"), Acting(user=former.user), Acting()):
        with pytest.raises(health.NotTheirs):
            health.write(child, "x", guardian=guardian, by=by, now=NOW)
        with pytest.raises(health.NotTheirs):
            health.take_back(child, by=by, now=NOW)
    assert HealthNote.objects.get().text == WORDS


def test_a_youth_writes_for_themself_from_the_day_after_the_fourteenth_birthday():
    youth = make_youth(birth_date=date(ON.year - 14, ON.month, ON.day))
    by = Acting(user=youth.user)

    with pytest.raises(health.NotTheirs):
        health.write(youth, WORDS, guardian=None, by=by, now=NOW, agrees_to=text())
    note = health.write(youth, WORDS, guardian=None, by=by, now=NOW + timedelta(days=1), agrees_to=text())

    assert note.consent.guardian is None


def test_a_note_agreed_to_in_words_that_were_replaced_is_hidden_at_once_and_gone_at_night(child, guardian):
    write(child, guardian)
    other = make_child(guardian)
    ConsentText.objects.create(
        purpose="health", version=text().version + 1, text_zh="x", text_en="x", required_from=ON + timedelta(days=20)
    )
    newer = ConsentText.objects.latest("pk")
    health.write(other, "x", guardian=guardian, by=Acting(user=guardian.user), now=NOW, agrees_to=newer)
    later = ON + timedelta(days=20)

    assert HealthNote.objects.live(later - timedelta(days=1)).count() == 2
    assert [note.child for note in HealthNote.objects.live(later)] == [other]
    assert forget(NOW + timedelta(days=19))["health_notes_not_agreed_to"] == 0
    assert forget(NOW + timedelta(days=20))["health_notes_not_agreed_to"] == 1


def test_erasing_the_child_erases_the_note(child, guardian):
    write(child, guardian)

    erase(Person(children=(child.pk,)), NOW)

    assert not HealthNote.objects.exists()


class TestInvariant:
    """``verify`` sees every note that nobody agrees to."""

    @pytest.fixture
    def note(self, child, guardian, time_machine):
        time_machine.move_to(NOW, tick=False)
        return write(child, guardian)

    def breaches(self):
        return health_notes_are_agreed_to().breaches

    def test_a_sound_note_breaks_nothing(self, note):
        assert (health_notes_are_agreed_to().checked, self.breaches()) == (1, [])

    @pytest.mark.parametrize("change", [{"withdrawn_at": NOW}, {"answer": "refused"}])
    def test_a_consent_that_does_not_stand(self, note, change):
        Consent.objects.update(**change)

        assert self.breaches() == [f"health note {note.pk}: no live consent"]

    def test_a_consent_of_another_child_or_purpose(self, note, guardian):
        HealthNote.objects.update(consent=make_consent(make_child(guardian), guardian, purpose="health"))
        assert self.breaches() == [f"health note {note.pk}: no live consent"]

        photos = ConsentText.objects.create(
            purpose="photo", version=text().version, text_zh="x", text_en="x", required_from=ON
        )
        HealthNote.objects.update(consent=make_consent(note.child, guardian, purpose="photo"))
        assert HealthNote.objects.get().consent.text == photos
        assert self.breaches() == [f"health note {note.pk}: no live consent"]

    def test_a_newer_answer_that_the_note_does_not_rest_on(self, note, guardian):
        Consent.objects.create(
            child=note.child, guardian=guardian, text=text(), answer="refused", at=NOW + timedelta(hours=1)
        )

        assert self.breaches() == [f"health note {note.pk}: no live consent"]

    def test_a_text_that_was_replaced_two_days_ago(self, note):
        ConsentText.objects.create(
            purpose="health", version=99, text_zh="x", text_en="x", required_from=ON - timedelta(days=1)
        )

        assert self.breaches() == [f"health note {note.pk}: no live consent"]
