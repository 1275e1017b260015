"""Consents: who answered which text for which child, and when it was taken back."""

from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from core.time import today
from organisations.acting import Acting
from people.models import Guardianship
from safeguarding import clearance, consents
from safeguarding.clearance import ConsentMissing
from safeguarding.consents import NotTheGuardian, PaperMissing, PaperTooOld, TextChanged
from safeguarding.models import Consent, ConsentHistory, ConsentText, Purpose
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent, make_text
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ON = today(NOW)


@pytest.fixture
def guardian():
    return make_guardian()


@pytest.fixture
def child(guardian):
    return make_child(guardian, age=10)


@pytest.mark.parametrize("purpose", Purpose.values)
def test_first_texts_name_all_that_the_law_asks_for_in_both_languages(purpose):
    text = consents.in_force(purpose, ON)

    for word in [
        "目的",
        "方式",
        "范围",
        "保存地点",
        "保存期限",
        "保护措施",
        "拒绝的后果",
        "更正与删除",
        "投诉",
        "负责人",
    ]:
        assert word in text.text_zh
    for word in [
        "Purpose",
        "Manner",
        "Scope",
        "stored",
        "How long",
        "protected",
        "refuse",
        "Correct",
        "Complaints",
        "charge",
    ]:
        assert word in text.text_en
    assert "{" not in text.text_zh + text.text_en


@pytest.mark.parametrize("version", [1, 2])
def test_an_answer_to_a_health_text_from_before_there_were_notes_counts_no_more(child, guardian, version):
    before = ConsentText.objects.get(purpose="health", version=version)
    Consent.objects.create(child=child, guardian=guardian, text=before, answer="given", at=NOW)

    assert consents.standing([child], ON)[child.pk]["health"] is None
    assert consents.to_ask("health", ON).version == 3


def test_in_force_changes_on_the_day_that_a_new_text_is_required():
    make_text(required_from=ON)

    assert consents.in_force("sign_up", ON - timedelta(days=1)).version == 1
    assert consents.in_force("sign_up", ON).version == 2


def test_to_ask_offers_a_new_text_thirty_days_before():
    make_text(required_from=ON + timedelta(days=30))

    assert consents.to_ask("sign_up", ON - timedelta(days=1)).version == 1
    assert consents.to_ask("sign_up", ON).version == 2


@pytest.mark.parametrize("ask", [consents.in_force, consents.to_ask])
def test_texts_before_the_first_one_are_an_error(ask):
    with pytest.raises(ConsentText.DoesNotExist):
        ask("sign_up", date(2020, 1, 1))


def test_answer_by_a_guardian_is_recorded_with_its_text(child, guardian):
    consent = make_consent(child, guardian)

    assert (consent.text.version, consent.answer, consent.at) == (1, "given", NOW)
    assert (consent.recorded_by, consent.paper_on) == (None, None)
    assert ConsentHistory.objects.get().actor == guardian.user


def test_answer_twice_the_same_is_once(child, guardian):
    assert make_consent(child, guardian) == make_consent(child, guardian)


def test_answer_that_changes_is_a_new_row(child, guardian):
    make_consent(child, guardian)
    make_consent(child, guardian, given=False)

    assert list(Consent.objects.order_by("pk").values_list("answer", flat=True)) == ["given", "refused"]


def test_answer_again_after_taking_back_is_a_new_row(child, guardian):
    first = make_consent(child, guardian)
    consents.withdraw(first, by=Acting(user=guardian.user), now=NOW)

    assert make_consent(child, guardian) != first


def test_answer_to_the_text_that_was_on_the_page_is_kept_as_such(child, guardian):
    old = consents.in_force("sign_up", ON)
    make_text(required_from=ON + timedelta(days=20))

    row = consents.answer(
        child, guardian=guardian, purpose="sign_up", given=True, by=Acting(user=guardian.user), now=NOW, text=old
    )

    assert row.text == old
    assert clearance.lacking_consent([child], ON) == set()


@pytest.mark.parametrize(("days", "refused"), [(-10, True), (0, True), (30, True), (31, False)])
def test_agree_to_the_first_text_is_possible_until_the_second_is_required(child, guardian, days, refused):
    """Each line: in how many days the other text is required, and whether an answer to it can be refused today."""
    first, second = consents.in_force("photo", ON), make_text(purpose="photo", required_from=ON + timedelta(days=days))
    answered = {"guardian": guardian, "purpose": "photo", "by": Acting(user=guardian.user), "now": NOW}

    with nullcontext() if days > 0 else pytest.raises(TextChanged, match="read it"):
        consents.answer(child, given=True, text=first, **answered)
    with nullcontext() if refused else pytest.raises(TextChanged, match="read it"):
        consents.answer(child, given=False, text=second, **answered)


def test_answer_by_a_stranger_is_refused(child):
    with pytest.raises(NotTheGuardian):
        make_consent(child, make_guardian())


def test_answer_by_a_former_guardian_is_refused(child, guardian):
    Guardianship.objects.update(ends_on=ON - timedelta(days=1))

    with pytest.raises(NotTheGuardian):
        make_consent(child, guardian)


def test_answer_by_a_youth_for_themself_needs_no_guardian():
    youth = make_youth(age=15)

    consent = consents.answer(youth, guardian=None, purpose="sign_up", given=True, by=Acting(user=youth.user), now=NOW)

    assert consent.guardian is None
    clearance.require_consent(youth, ON)


def test_answer_alone_on_the_fourteenth_birthday_is_too_early():
    youth = make_youth(birth_date=date(ON.year - 14, ON.month, ON.day))

    with pytest.raises(NotTheGuardian, match="14"):
        consents.answer(youth, guardian=None, purpose="sign_up", given=True, by=Acting(user=youth.user), now=NOW)


def test_answer_for_a_youth_by_somebody_else_without_a_guardian_is_refused():
    with pytest.raises(NotTheGuardian):
        consents.answer(
            make_youth(), guardian=None, purpose="sign_up", given=True, by=Acting(user=make_user()), now=NOW
        )


class TestOnPaper:
    """A clerk records what a guardian signed."""

    @pytest.fixture
    def office(self):
        return make_family_office()

    @pytest.fixture
    def family(self, office):
        guardian = make_guardian(registered_by=office)
        return guardian, make_child(guardian)

    def record(self, family, office, paper_on):
        guardian, child = family
        clerk = make_member(office, "clerk")
        row = consents.answer(
            child, guardian=guardian, purpose="sign_up", given=True, by=clerk, now=NOW, paper_on=paper_on
        )
        return row, clerk

    def test_names_clerk_and_date(self, family, office):
        row, clerk = self.record(family, office, ON - timedelta(days=3))

        assert (row.recorded_by, row.paper_on) == (clerk.user, ON - timedelta(days=3))
        assert ConsentHistory.objects.get().on_behalf_of == office

    def test_from_before_the_text_was_offered_is_refused(self, family, office):
        """Else a signature would stand for words that the guardian has never read."""
        make_text(required_from=ON)
        self.record(family, office, ON - timedelta(days=30))

        with pytest.raises(PaperTooOld, match="sign the present one") as refusal:
            self.record(family, office, ON - timedelta(days=31))

        assert refusal.value.field == "paper_on"

    @pytest.mark.parametrize("paper_on", [None, ON + timedelta(days=1)])
    def test_without_a_date_or_from_the_future_is_refused(self, family, office, paper_on):
        with pytest.raises(PaperMissing) as refusal:
            self.record(family, office, paper_on)

        assert refusal.value.field == "paper_on"


def test_withdraw_ends_a_consent_once(child, guardian):
    consent = make_consent(child, guardian)
    other = make_guardian()
    Guardianship.objects.create(guardian=other, child=child, starts_on=ON)

    consents.withdraw(consent, by=Acting(user=other.user), now=NOW)
    again = consents.withdraw(consent, by=Acting(user=other.user), now=NOW + timedelta(hours=1))

    assert again.withdrawn_at == NOW
    assert not again.is_standing
    assert ConsentHistory.objects.filter(verb="withdraw").count() == 1
    assert clearance.lacking_consent([child], ON) == {child.pk}


def test_withdraw_of_a_refusal_changes_nothing(child, guardian):
    refusal = make_consent(child, guardian, given=False)

    assert consents.withdraw(refusal, by=Acting(user=guardian.user), now=NOW).withdrawn_at is None


def test_standing_gives_the_newest_answer_of_each_purpose(child, guardian):
    make_consent(child, guardian)
    make_consent(child, guardian, purpose="photo")
    refused = make_consent(child, guardian, purpose="photo", given=False)

    standing = consents.standing([child], ON)[child.pk]

    assert standing["sign_up"].is_standing
    assert standing["photo"] == refused
    assert standing["health"] is None


def test_standing_after_taking_back_does_not_fall_back_to_an_older_answer(child, guardian):
    make_consent(child, guardian)
    make_consent(child, guardian, given=False)
    newest = make_consent(child, guardian)
    consents.withdraw(newest, by=Acting(user=guardian.user), now=NOW)

    assert consents.standing([child], ON)[child.pk]["sign_up"] is None


def test_standing_counts_the_old_text_until_the_new_one_is_required(child, guardian):
    make_consent(child, guardian)
    make_text(required_from=ON + timedelta(days=10))

    assert consents.standing([child], ON)[child.pk]["sign_up"] is not None
    assert consents.standing([child], ON + timedelta(days=10))[child.pk]["sign_up"] is None


def test_standing_after_a_refusal_on_an_older_page_is_the_refusal(child, guardian):
    old, new = consents.in_force("photo", ON), make_text(purpose="photo", required_from=ON)
    answered = {"guardian": guardian, "purpose": "photo", "by": Acting(user=guardian.user)}
    consents.answer(child, given=True, text=new, now=NOW, **answered)

    refused = consents.answer(child, given=False, text=old, now=NOW + timedelta(minutes=5), **answered)

    assert consents.standing([child], ON)[child.pk]["photo"] == refused


def test_standing_after_agreeing_to_the_old_and_the_coming_text_counts_the_coming_one(child, guardian):
    old, coming = consents.in_force("photo", ON), make_text(purpose="photo", required_from=ON + timedelta(days=10))
    answered = {"guardian": guardian, "purpose": "photo", "given": True, "by": Acting(user=guardian.user)}
    agreed = consents.answer(child, text=coming, now=NOW, **answered)

    consents.answer(child, text=old, now=NOW + timedelta(minutes=5), **answered)

    assert consents.standing([child], ON + timedelta(days=10))[child.pk]["photo"] == agreed


@pytest.mark.parametrize("rows", [1, 3])
def test_standing_costs_two_queries(guardian, rows, django_assert_num_queries):
    children = [make_child(guardian) for _ in range(rows)]

    with django_assert_num_queries(2):
        consents.standing(children, ON)


def test_standing_of_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert consents.standing([], ON) == {}


def test_require_consent_of_a_child_is_the_guardians(child, guardian):
    with pytest.raises(ConsentMissing, match="guardian"):
        clearance.require_consent(child, ON)

    make_consent(child, guardian)
    clearance.require_consent(child, ON)


def test_require_consent_of_a_refusal_is_not_there(child, guardian):
    make_consent(child, guardian, given=False)

    with pytest.raises(ConsentMissing):
        clearance.require_consent(child, ON)


def test_require_consent_of_a_youth_may_be_their_own():
    youth = make_youth(age=16)

    with pytest.raises(ConsentMissing) as refusal:
        clearance.require_consent(youth, ON)
    assert "guardian" not in str(refusal.value)

    make_consent(youth, youth.guardianships.get().guardian)
    clearance.require_consent(youth, ON)


def test_require_consent_that_a_child_gave_alone_does_not_count(child):
    Consent.objects.create(child=child, text=consents.in_force("sign_up", ON), answer="given", at=NOW)

    assert clearance.lacking_consent([child], ON) == {child.pk}


def test_photo_consent_never_stands_for_taking_part(child, guardian):
    make_consent(child, guardian, purpose="photo")

    assert clearance.lacking_consent([child], ON) == {child.pk}
