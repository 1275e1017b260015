"""A code by text message is the way in, for who has a login and who has none, and says to nobody which is which."""

import re
from time import thread_time

import pytest
from allauth.core import ratelimit
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client, RequestFactory

from notifications.models import Letter, Text
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
KNOWN, UNKNOWN = "+8613800000001", "+8613800000002"


class SlowHasher(PBKDF2PasswordHasher):
    """Slower than a page, as a city's is, and quicker than a city's."""

    iterations = 60_000


@pytest.fixture(autouse=True)
def _as_in_a_city(settings):
    """A real city lets nobody in by an address that is not confirmed."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def code_in(text: str) -> str:
    return re.search(r"\b\d{6}\b", text)[0]


def ask(client, phone, **more):
    return client.post(ASK, {"phone": phone, **more})


def send_code(client, phone, **more):
    return client.post(CONFIRM, {"code": code_in(Text.objects.filter(to=phone).latest("pk").body), **more})


def who(client) -> int | None:
    return int(client.session.get("_auth_user_id", 0)) or None


def test_a_number_written_as_people_do_leads_into_its_login(client):
    user = make_user(phone=KNOWN)

    assert ask(client, "138 0000 0001", next="/catalog/").url == f"{CONFIRM}?next=%2Fcatalog%2F"
    answer = send_code(client, KNOWN, next="/catalog/")

    assert (answer.url, who(client)) == ("/catalog/", user.pk)
    assert Text.objects.get().body.endswith("不用理会。") or "Ignore this" in Text.objects.get().body


def test_a_new_number_becomes_a_login_with_the_right_code_only(client):
    ask(client, UNKNOWN)
    client.post(CONFIRM, {"code": "000000"})
    assert not User.objects.exists()

    send_code(client, UNKNOWN)

    made = User.objects.get()
    assert (made.phone, made.email, made.has_usable_password(), who(client)) == (UNKNOWN, None, False, made.pk)
    other = Client()
    ask(other, UNKNOWN)
    send_code(other, UNKNOWN)
    assert (who(other), User.objects.count()) == (made.pk, 1)


@pytest.mark.parametrize(
    ("field", "known", "unknown"),
    [("phone", KNOWN, UNKNOWN), ("email", "own@example.test", "new@example.test")],
)
def test_a_known_and_an_unknown_contact_get_the_same_answer(settings, field, known, unknown):
    settings.DEMO = False
    make_user("own@example.test", phone=KNOWN)
    pages = []
    for contact in (known, unknown):
        client = Client()
        asked = client.post(ASK, {field: contact})
        shown = client.get(CONFIRM)
        wrong = client.post(CONFIRM, {"code": "wrong"})
        again = client.post(CONFIRM, {"action": "resend"})
        sent = (
            Text.objects.filter(to=contact).count() if field == "phone" else Letter.objects.filter(to=contact).exists()
        )
        texts = [
            re.sub(r"csrfmiddlewaretoken\" value=\"\w+|138 0000 000\d|\w+@example", "", one.text)
            for one in (shown, wrong)
        ]
        pages.append((asked.status_code, asked.url, shown.status_code, wrong.status_code, again.url, sent, texts))

    assert pages[0] == pages[1]
    assert pages[0][5] in {True, 2}


@pytest.mark.slow
@pytest.mark.parametrize("path", [ASK, "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"])
def test_a_known_and_an_unknown_contact_get_their_answer_in_the_same_time(settings, path):
    """The least processor time of five each, with a slow hash; one left out on one side is a factor of ten."""
    settings.PASSWORD_HASHERS = ["tests.users.test_codes.SlowHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    make_user("own@example.test", phone=KNOWN)
    secret = {"password": "wrong", "password1": "Tannenbaum-2026", "password2": "Tannenbaum-2026"}
    times = {"own": [], "new": []}
    for turn in range(5):
        for whose, spent in times.items():
            email = "own@example.test" if whose == "own" else f"new{turn}@example.test"
            form = {"phone": KNOWN if whose == "own" else f"+861390000000{turn}"} if path == ASK else {"email": email}
            start = thread_time()
            answer = Client().post(path, {"login": email, **form, **secret})
            spent.append(thread_time() - start)
            assert answer.status_code in {200, 302}
    own, new = (min(spent) for spent in times.values())

    assert 0.5 < own / new < 2, (own, new)


def test_three_wrong_codes_end_the_attempt(client):
    ask(client, KNOWN)

    for _ in range(3):
        client.post(CONFIRM, {"code": "wrong"})

    assert client.get(CONFIRM).url == ASK
    assert send_code(client, KNOWN).url == ASK
    assert who(client) is None


def test_a_code_counts_ten_minutes_and_in_its_own_browser(client, time_machine):
    time_machine.move_to("2026-11-24T10:00:00Z")
    ask(client, KNOWN)
    assert send_code(Client(), KNOWN).url == ASK
    time_machine.move_to("2026-11-24T10:12:00Z")

    assert send_code(client, KNOWN).url == ASK
    assert not User.objects.exists()


@pytest.mark.parametrize("phone", [KNOWN, UNKNOWN])
def test_a_number_is_texted_twice_a_minute_whoever_asks(phone):
    make_user(phone=KNOWN)

    answers = [ask(Client(REMOTE_ADDR=f"192.0.2.{n}"), phone).status_code for n in range(3)]

    assert answers == [302, 302, 200]
    assert Text.objects.filter(to=phone).count() == 2


def test_asking_again_for_a_code_counts_as_asking(client):
    ask(client, KNOWN)

    for _ in range(4):
        client.post(CONFIRM, {"action": "resend"})

    assert Text.objects.count() == 2


@pytest.mark.prove
def test_five_hundred_guardians_behind_one_address_all_get_in():
    """A school's evening: one address, 500 numbers, one minute."""
    for n in range(500):
        phone = f"+86138{n:08}"
        client = Client(REMOTE_ADDR="192.0.2.1")
        ask(client, phone)
        send_code(client, phone)

    assert User.objects.filter(phone__isnull=False, last_login__isnull=False).count() == 500


@pytest.mark.parametrize("action", ["request_login_code", "verify_phone"])
def test_five_hundred_numbers_are_texted_from_one_address_in_the_same_minute(action):
    request = RequestFactory().post("/")

    assert all(ratelimit.consume(request, action=action, key=f"number {n}") for n in range(500))


def test_somebody_who_wrote_a_wrong_number_writes_another(client):
    ask(client, KNOWN)

    assert client.get(ASK).status_code == 200
    assert ask(client, UNKNOWN).url == CONFIRM


@pytest.mark.parametrize(
    "given", [{}, {"phone": "12"}, {"phone": ""}, {"email": "x"}, {"phone": KNOWN, "email": "a@b.cn"}]
)
def test_what_is_no_contact_is_refused_with_a_sentence(client, given):
    page = client.post(f"{ASK}?lang=en", given)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Text.objects.exists()


def test_a_login_that_is_switched_off_stays_out(client):
    make_user(phone=KNOWN, is_active=False)
    ask(client, KNOWN)

    assert send_code(client, KNOWN).url == "/accounts/inactive/"
    assert who(client) is None


def test_wrong_passwords_are_counted_for_each_number(client):
    """allauth counts the wrong passwords of all numbers together: five of them would lock every family out."""
    make_user(phone=KNOWN)
    for _ in range(6):
        client.post("/accounts/login/", {"login": "138 0000 0002", "password": "wrong"})

    client.post("/accounts/login/", {"login": "138 0000 0001", "password": "demo-city-2026"})

    assert who(client) is not None


def test_the_demo_shows_the_code_and_a_city_does_not(client, settings):
    ask(client, KNOWN)
    code = code_in(Text.objects.get().body)
    assert code in client.get(CONFIRM).text

    settings.DEMO = False
    assert code not in client.get(CONFIRM).text


def test_no_number_and_no_code_stand_in_an_address(client):
    ask(client, KNOWN)

    assert "138" not in client.get(CONFIRM).request["PATH_INFO"] + client.get(CONFIRM).request["QUERY_STRING"]
