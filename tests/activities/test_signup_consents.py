"""What is agreed to with a sign-up is what stood on its page."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from activities.models import Party, Session
from core.time import today
from people.models import Child, Guardian
from tests.conftest import NOW
from tests.factories.activities import make_session
from tests.factories.people import make_child, make_guardian
from tests.factories.safeguarding import make_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def browser(guardian: Guardian) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(guardian.user)
    return client


def address(session: Session) -> str:
    return f"/sessions/{session.pk}/sign-up/"


def send(guardian: Guardian, session: Session, child: Child, **fields):
    data = {"children": child.pk, "submission_id": uuid.uuid4(), **fields}
    return browser(guardian).post(address(session), data)


def carried(text: str) -> dict[str, str]:
    """Return what the page's form carries of the texts that stand on it."""
    return dict(re.findall(r'name="(text_\w+)" value="(\d+)"', text))


def test_sign_up_post_records_the_texts_that_stood_on_the_page():
    """A text that the family has never seen must not become what it agreed to."""
    guardian = make_guardian()
    child, session = make_child(guardian), make_session()
    shown = carried(browser(guardian).get(address(session)).text)
    for purpose in ("sign_up", "photo"):
        make_text(purpose=purpose, required_from=today(NOW) + timedelta(days=20))

    send(guardian, session, child, photo="yes", **{f"consent_{child.pk}": "on"}, **shown)

    assert sorted(child.consents.values_list("text__purpose", "text__version")) == [("photo", 1), ("sign_up", 1)]


@pytest.mark.parametrize(("replaced", "kept"), [("sign_up", "photo"), ("photo", "sign_up")])
def test_sign_up_post_after_a_text_was_replaced_asks_again_beside_the_present_words(replaced, kept):
    """The tick beside other words is taken out; the choice, and the answer to the other text, stay."""
    guardian = make_guardian()
    child, session = make_child(guardian), make_session()
    shown = carried(browser(guardian).get(address(session)).text)
    newer = make_text(purpose=replaced, required_from=today(NOW))

    answer = send(guardian, session, child, photo="yes", **{f"consent_{child.pk}": "on"}, **shown)

    assert answer.status_code == 422
    assert "The text has changed since you opened the page." in answer.text
    assert newer.text_en in answer.text
    assert carried(answer.text) == {**shown, f"text_{replaced}": str(newer.pk)}
    assert f'value="{child.pk}" checked' in answer.text
    ticked = {
        "sign_up": f'id="consent_{child.pk}" checked' in answer.text,
        "photo": 'value="yes" checked' in answer.text,
    }
    assert ticked == {replaced: False, kept: True}
    assert not child.consents.exists()
    assert not Party.objects.exists()


def test_sign_up_post_that_names_no_text_agrees_to_nothing():
    guardian = make_guardian()
    child = make_child(guardian)

    answer = send(guardian, make_session(), child, **{f"consent_{child.pk}": "on"})

    assert answer.status_code == 422
    assert not child.consents.exists()
