"""The clumsy and the hostile: what they send, and the sentence, the refusal or the unchanged text that they meet."""

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from activities.models import Review
from orders.models import Attachment, Order
from organisations.models import Organisation
from people.models import Child
from tests.access import asking
from tests.journeys.visitor import HttpVisitor

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
RARE = "𠮷田😀 e\u0301 \u202ea <b>&amp;"
UUID = "7d0a2f64-7f5c-4bd2-9d5e-0a5a1a7d1f10"
HUGE = "9" * 40


@pytest.fixture
def ask(world):
    """Ask as a role, in English; the whole answer."""

    def asked(role, method, path, data=None):
        client = asking.client_of(role, world)
        return getattr(client, method)(path, data or {}, headers={"accept-language": "en"})

    return asked


def _all(status):
    return {odd[:9]: status for odd in ODD}


# Numbers and ids that are none


ODD = ("²", "-1", HUGE, "１", "x", "1e5", "9" * 5000)


def test_sign_up_for_a_family_by_an_odd_id_is_not_found(ask, world):
    path = f"/sessions/{world.session.pk}/sign-up/"

    assert {odd[:9]: ask("clerk", "get", path, {"guardian": odd}).status_code for odd in ODD} == _all(404)


def test_approve_from_an_odd_line_moves_nothing(ask, world):
    data, path = {"seen": world.submitted.revision}, f"/orders/{world.submitted.number}/approve/"

    assert {odd[:9]: ask("officer", "post", path, {**data, "line": odd}).status_code for odd in ODD} == _all(409)


def test_dates_with_an_odd_number_of_rows_are_asked_again(ask, world):
    path = f"/orders/{world.draft.number}/dates/"
    for odd in ODD:
        data = {"form-TOTAL_FORMS": odd, "form-INITIAL_FORMS": odd, "seen": "1"}
        assert (odd[:9], ask("office", "post", path, data).status_code) == (odd[:9], 422)
        assert (odd[:9], ask("office", "post", path, {**data, "add": "1"}).status_code) == (odd[:9], 200)


def test_editor_with_an_odd_number_of_steps_is_asked_again(ask):
    for odd in ODD:
        for more in ({"add_step": "1"}, {}):
            data = {"steps-TOTAL_FORMS": odd, "steps-INITIAL_FORMS": odd, **more}
            assert ask("ngo", "post", "/catalog/new/", data).status_code in {200, 422}


def test_menu_by_an_odd_age_page_or_region_is_a_page(ask):
    for odd in (*ODD, "000" + "9" * 5000, "035"):
        for name in ("age", "page", "region", "theme", "when", "sort", "free"):
            assert (name, ask("anonymous", "get", "/catalog/", {name: odd}).status_code) == (name, 200)


def test_ordering_again_what_is_no_order_is_not_found(ask):
    for copied in ("x", "x" * 3000, "a/b", "../..", "BC-2026-0001/../"):
        assert ask("office", "get", "/orders/new/", {"copy": copied}).status_code == 404


def test_nul_in_a_form_is_no_error_of_ours(ask):
    for path in ("/orders/new/", "/acting/", "/catalog/new/"):
        for name in ("programme", "copy", "q", "organisation", "region", "line", "token"):
            for role in ("office", "ngo"):
                assert ask(role, "post", path, {name: "a\x00b"}).status_code < 500


def test_odd_numbers_in_an_address_are_not_found(world):
    with time_machine.travel(world.session.starts_at, tick=False):
        client = asking.client_of("crew", world)
        for odd in ("0", HUGE, "9" * 5000, "²", "-1"):
            paths = (
                f"/sessions/{world.session.pk}/check-in/{odd}/present/",
                f"/sessions/{odd}/",
                f"/sessions/{odd}/ticket/1/",
                f"/my/children/{odd}/",
            )
            answers = {path[:35]: client.post(path).status_code for path in paths}
            assert set(answers.values()) <= {404, 405}, answers


# Empty forms


def test_empty_forms_say_what_is_missing(ask, world):
    paths = {
        "office": ["/orders/new/?programme=" + world.stage.programme.slug, "/organisations/venues/new/"],
        "officer": ["/funding/funds/new/"],
        "guardian": ["/my/children/add/"],
    }
    for role, addresses in paths.items():
        for path in addresses:
            answer = ask(role, "post", path)
            assert (path, answer.status_code) in {(path, 422), (path, 404)}


# What people write stays what they wrote


def test_rare_characters_stay_through_reason_name_and_review(world):
    office, guardian = HttpVisitor(world.people["office"]), HttpVisitor(world.people["guardian"])

    office.send(f"/orders/{world.draft.number}/details/", {"reason": RARE})
    guardian.send(f"/my/children/{world.child.pk}/", {"name": "𠮷😀"})

    assert Order.objects.get(pk=world.draft.pk).reason == RARE
    assert Child.objects.get(pk=world.child.pk).name == "𠮷😀"
    page = office.open(f"/orders/{world.draft.number}/")
    assert "𠮷田😀 e\u0301" in page
    assert "<b>&amp;amp;" not in page.replace("&lt;b&gt;", "")
    assert "&lt;b&gt;" in page


def test_rare_characters_stay_in_a_review(world):
    with time_machine.travel(world.session.ends_at + timedelta(hours=1), tick=False):
        HttpVisitor(world.people["reviewer"]).send(
            f"/review-invitations/{world.review_invitation.pk}/", {"mark": "5", "text": RARE}
        )

    assert Review.objects.get(invitation=world.review_invitation).text == RARE


# Ways out


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:go()", "https:evil.test"],
)
def test_next_leads_nowhere_else(world, target):
    client = asking.client_of("anonymous", world)
    person = world.people["guardian"]
    person.set_password("demo-city-2026")
    person.save()

    login = client.post(
        f"/accounts/login/?next={target}", {"login": person.email, "password": "demo-city-2026", "next": target}
    )
    page = asking.client_of("guardian", world).get("/my/children/add/", {"next": target}).content.decode()

    assert "evil" not in login.get("Location", "")
    assert "javascript" not in login.get("Location", "")
    assert f'href="{target}' not in page


def test_header_line_breaks_in_a_name_never_reach_a_header(ask, world):
    answer = ask("guardian", "get", "/catalog/?lang=en%0d%0aX-Evil:1&text=large%0d%0aX-Evil:1")

    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers


# Uploads


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    return out.getvalue()


def _files() -> dict[str, tuple[str, bytes]]:
    """Made when they are wanted: the bomb takes seconds."""
    return {
        "an empty one": ("a.pdf", b""),
        "a program called pdf": ("a.pdf", b"MZ\x90\x00" + b"\0" * 500),
        "a picture of svg": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        "a page": ("a.jpg", b"<html><script>alert(1)</script></html>"),
        "an archive": ("a.zip", _zip()),
        "half a picture": ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 50),
        "a picture that unpacks to too much": ("a.png", _bomb()),
        "a broken png": ("a.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 100),
        "a gif": ("a.gif", b"GIF89a" + b"\0" * 100),
    }


def test_a_file_that_is_none_is_refused_with_a_sentence(ask, world):
    before, path = Attachment.objects.count(), f"/orders/{world.submitted.number}/files/"
    for which, (name, content) in _files().items():
        upload = SimpleUploadedFile(name, content, content_type="application/pdf")
        answer = ask("office", "post", path, {"kind": "stamp", "file": upload, "submission_id": str(uuid4())})

        assert (which, answer.status_code) == (which, 422)
        assert 'class="error-summary"' in answer.content.decode()
    assert Attachment.objects.count() == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "..\\..\\a.pdf", "/abs.pdf", "a\r\nX-Evil: 1.pdf", "𠮷😀.pdf", "." * 300]
)
def test_a_files_name_keeps_no_path_and_breaks_no_header(ask, world, name):
    page = b"%PDF-1.4\n<script>alert(1)</script>\n%%EOF\n"
    data = {"kind": "stamp", "file": SimpleUploadedFile("a.pdf", page), "submission_id": str(uuid4())}
    data["file"]._name = name
    answer = ask("office", "post", f"/orders/{world.submitted.number}/files/", data)
    kept = Attachment.objects.filter(order=world.submitted).first()
    assert answer.status_code in {302, 422}
    if kept is None:
        return

    handed = ask("office", "get", f"/orders/{world.submitted.number}/files/{kept.pk}/")
    handed.close()

    assert "/" not in kept.name
    assert "\\" not in kept.name
    assert ".." not in kept.file.name
    assert handed["Content-Disposition"].startswith("attachment")
    assert handed["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in handed.headers


def test_a_form_with_files_over_the_limit_is_refused_with_a_sentence(ask, world):
    big = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n" + b"0" * 26_000_000)

    answer = ask("office", "post", f"/orders/{world.submitted.number}/files/", {"kind": "stamp", "file": big})

    assert answer.status_code == 413
    assert "25 MB" in answer.content.decode()


# What belongs to others


def test_files_by_another_orders_number_are_not_found(ask, world):
    assert ask("office", "get", f"/orders/{world.submitted.number}/files/{world.attachment.pk}/").status_code == 404
    assert ask("office2", "get", f"/orders/{world.order.number}/files/{world.attachment.pk}/").status_code == 404


def test_things_of_others_are_not_found_by_any_method(world):
    theirs = {
        "office2": [f"/orders/{world.order.number}/", f"/orders/{world.submitted.number}/cancel/"],
        "ngo2": [f"/orders/{world.order.number}/", f"/sessions/{world.session.pk}/check-in/"],
        "guardian2": [
            f"/sessions/{world.session.pk}/ticket/{world.party.pk}/",
            f"/sign-ups/{world.sign_up.pk}/cancel/",
            f"/my/children/{world.child.pk}/",
        ],
    }
    for role, paths in theirs.items():
        client = asking.client_of(role, world)
        for path in paths:
            assert (path, client.get(path).status_code) == (path, 404)
            assert (path, client.post(path).status_code) in {(path, 404), (path, 405)}


# Twice


def test_double_clicks_make_one(world):
    client = asking.client_of("officer", world)
    fund = {
        "submission_id": UUID,
        "name": "2027",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "currency": "CNY",
    }
    first, second = (client.post("/funding/funds/new/", {**fund, "currency": "CNY"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]

    decide = f"/organisations/{world.applicant.pk}/admit/"
    assert [client.post(decide).status_code for _ in range(2)] == [302, 302]
    assert Organisation.objects.get(pk=world.applicant.pk).history.filter(verb="admit").count() == 1
