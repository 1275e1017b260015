"""Cleared workers and consents for tests."""

from datetime import date, datetime

from core.time import today
from organisations.acting import Acting, clock
from people.models import Child, Guardian
from safeguarding import consents, health, services
from safeguarding.models import BackgroundCheck, Consent, ConsentText, HealthNote, PledgeText
from tests.conftest import NOW
from tests.factories.users import make_user
from users.models import User

REGISTRAR = clock("test")


def make_cleared(user: User | None = None, *, checked_on: date = date(2026, 9, 1)) -> User:
    """A person who may be with children until a year after ``checked_on``."""
    user = user or make_user()
    make_check(user, checked_on=checked_on)
    services.sign_pledge(user, text=PledgeText.objects.earliest("version"), by=REGISTRAR, now=NOW)
    services.record_training(user, course="child-protection", completed_on=checked_on, by=REGISTRAR, now=NOW)
    return user


def make_check(
    user: User, *, result: str = "clear", checked_on: date = date(2026, 9, 1), now: datetime = NOW, **fields
) -> BackgroundCheck:
    """A background check; who has no record of their own was seen to be of age."""
    fields = {"of_age": not Child.objects.filter(user=user).exists(), **fields}
    return services.record_check(
        user, result=result, checked_on=checked_on, reference="CX-2026-001", by=REGISTRAR, now=now, **fields
    )


def make_adverse_untold(user: User, *, checked_on: date = date(2026, 11, 23)) -> BackgroundCheck:
    """An adverse result in the database that nothing has acted on yet, as after a crash: the sweep has to find it."""
    return BackgroundCheck.objects.create(
        user=user, result="adverse", checked_on=checked_on, valid_until=checked_on, reference="x", recorded_at=NOW
    )


def make_consent(child: Child, guardian: Guardian, *, purpose: str = "sign_up", given: bool = True, now=NOW) -> Consent:
    """A guardian's answer, by their own account if they have one, else on paper at the registering office."""
    by = Acting(user=guardian.user) if guardian.user else REGISTRAR
    return consents.answer(child, guardian=guardian, purpose=purpose, given=given, by=by, now=now)


def make_text(*, purpose: str = "sign_up", required_from: date, version: int = 2) -> ConsentText:
    """A consent text in other words than the first one's."""
    return ConsentText.objects.create(
        purpose=purpose, version=version, text_zh="新的文本", text_en="The newer words.", required_from=required_from
    )


def texts_of_page() -> dict[str, int]:
    """What a sign-up form carries of the texts that stand on it today."""
    return {f"text_{purpose}": consents.to_ask(purpose, today(NOW)).pk for purpose in ("sign_up", "photo")}


def make_note(child: Child, guardian: Guardian, words: str = "花生过敏", *, now=NOW) -> HealthNote:
    """A health note of a guardian with a login, who agreed to it in the same form."""
    text = consents.to_ask("health", today(now))
    return health.write(child, words, guardian=guardian, by=Acting(user=guardian.user), now=now, agrees_to=text)
