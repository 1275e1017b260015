"""Files of an order."""

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import SentByAnother
from core.files import BadFile
from orders.attachments import NoFilesOfYours, TooManyFiles, attach, attach_all, shown_name
from tests.factories.orders import make_stage, make_submitted

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%EOF"


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def stage():
    return make_stage()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def test_attach_keeps_a_pdf_under_a_random_name(stage, now):
    order = make_submitted(stage)

    (kept,) = attach_all(order, [SimpleUploadedFile("需求说明.pdf", PDF)], kind="request", by=stage.office, now=now)

    assert (kept.name, kept.content_type, kept.size) == ("需求说明.pdf", "application/pdf", len(PDF))
    assert "需求" not in kept.file.name
    with kept.file.open("rb") as stored:
        assert stored.read() == PDF


def test_attach_refuses_the_number_of_another_orders_file(stage, now):
    """A file of one order must not be taken for another's."""
    first, second, number = make_submitted(stage), make_submitted(stage), uuid4()
    attach(first, SimpleUploadedFile("a.pdf", PDF), kind="request", by=stage.office, now=now, submission_id=number)

    with pytest.raises(SentByAnother):
        attach(second, SimpleUploadedFile("a.pdf", PDF), kind="request", by=stage.office, now=now, submission_id=number)

    assert (first.attachments.count(), second.attachments.count()) == (1, 0)


def test_attach_reencodes_a_picture_whatever_it_is_called(stage, now):
    order = make_submitted(stage)

    (kept,) = attach_all(order, [SimpleUploadedFile("photo.pdf", photo())], kind="report", by=stage.provider, now=now)

    assert (kept.name, kept.content_type) == ("photo.jpg", "image/jpeg")


def test_attach_refuses_what_is_neither(stage, now):
    with pytest.raises(BadFile):
        attach_all(
            make_submitted(stage), [SimpleUploadedFile("a.pdf", b"MZ...")], kind="request", by=stage.office, now=now
        )


def test_attach_by_finance_is_refused(stage, now):
    with pytest.raises(NoFilesOfYours):
        attach_all(make_submitted(stage), [SimpleUploadedFile("a.pdf", PDF)], kind="request", by=stage.finance, now=now)


def test_attach_more_than_an_order_holds_is_refused(stage, now, monkeypatch):
    monkeypatch.setattr("orders.attachments.MAX_FILES", 1)
    order = make_submitted(stage)
    attach_all(order, [SimpleUploadedFile("a.pdf", PDF)], kind="stamp", by=stage.office, now=now)

    with pytest.raises(TooManyFiles):
        attach_all(order, [SimpleUploadedFile("b.pdf", PDF)], kind="stamp", by=stage.office, now=now)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("..\\..\\a.exe", "a.pdf"),
        ("/etc/passwd", "passwd.pdf"),
        ("\x00\n", "file.pdf"),
        ("x" * 300, "x" * 100 + ".pdf"),
    ],
)
def test_shown_name_keeps_no_path(given, shown):
    assert shown_name(given, "application/pdf") == shown


def test_a_double_click_keeps_a_file_once(stage, client):
    """Without it the order shows the stamped form twice, and nobody knows whether both are the same."""
    order = make_submitted(stage)
    client.force_login(stage.office.user)
    number = str(uuid4())

    answers = []
    for _ in range(2):
        upload = SimpleUploadedFile("需求说明.pdf", PDF)
        data = {"kind": "request", "file": upload, "submission_id": number}
        answers.append(client.post(f"/orders/{order.number}/files/", data).status_code)

    assert (answers, order.attachments.count()) == ([302, 302], 1)
