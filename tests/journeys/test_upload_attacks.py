"""Every form that takes a file meets files that nobody should send: none breaks it, none is kept as it came."""

import io
import re
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from PIL import Image
from wagtail.documents.models import Document

from catalog.models import Programme
from core.money import format_plain
from funding.models import EntryFile, Invoice, SecondLook, StatementLine
from marketplace import city, urls
from orders.models import Attachment
from people.models import FamilyImport
from tests.access import asking
from tests.factories.banking import OWN_ACCOUNT
from tests.factories.catalog import as_sent
from tests.factories.funding import make_fund
from tests.factories.orders import after, close_sessions
from tests.journeys import attack_files as files
from tests.journeys.attack_files import Sent

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
OURS = re.compile(r"[0-9a-f]{32}(_\w{7})?\.(jpg|pdf)")
DOCUMENT = re.compile(r"[\w.-]{1,200}\.(csv|docx|pdf|xlsx|zip)")
TRACES = (files.SECRET, files.SCRIPT, b"<?php", b"PK\x03\x04")
Fields = Callable[[Any], dict[str, Any]]


def _once() -> dict[str, Any]:
    return {"submission_id": uuid.uuid4()}


def _proved(**more: str) -> Fields:
    return lambda _: {**_once(), "amount": "1", "document": "津财〔2026〕1号", **more}


FORMS: dict[str, tuple[str, str, Fields]] = {  # by address: who sends it, the name of its file, its other fields
    "catalog:new": ("ngo", "photo", lambda _: as_sent(save="1")),
    "catalog:edit": ("ngo", "photo", lambda w: as_sent(save="1", seen=w.draft_programme.edits)),
    "orders:files": ("office", "file", lambda _: {**_once(), "kind": "stamp"}),
    "orders:report": ("crew", "papers", lambda w: {"text": "三十个孩子来过", "seen": w.order.revision}),
    "funding:invoice": ("ngo", "file", lambda w: {"number": "2512", "amount": format_plain(w.settlement.amount)}),
    "funding:spend": ("finance", "file", _proved()),
    "funding:opening": ("finance", "file", _proved()),
    "funding:claim": ("finance", "file", _proved(received_on="2026-11-24")),
}


class Folder:
    """Where the site keeps what it is sent, during one test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def take(self) -> list[Path]:
        """Return what was kept since."""
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def empty(self) -> None:
        """Forget it."""
        for path in self.take():
            path.unlink()


@pytest.fixture
def folder(settings, tmp_path, monkeypatch) -> Folder:
    settings.MEDIA_ROOT = tmp_path / "m"
    monkeypatch.setitem(urls.urlpatterns[0].default_args, "document_root", settings.MEDIA_ROOT)
    private = vars(Attachment._meta.get_field("file").storage)
    assert all(vars(model._meta.get_field("file").storage) is private for model in (EntryFile, Invoice, SecondLook))
    for place in ("base_location", "location"):
        monkeypatch.setitem(private, place, str(tmp_path / "p"))
    return Folder(tmp_path)


@pytest.fixture
def delivered(world):
    """The world after its order's sessions, so that it can be reported; a new fund waits to be opened."""
    world.things["new_fund"] = make_fund(league=world.stage.line.fund.league)
    close_sessions(world.order)
    world.order.refresh_from_db()
    with time_machine.travel(after(world.order), tick=False):
        yield world


def _wrong(path: Path) -> str:
    """Tell why a kept file must not be there."""
    content = path.read_bytes()
    if not OURS.fullmatch(path.name):
        return f"{path.name}: a name of the sender's"
    if path.suffix == ".pdf":
        return "" if content == files.PDF else f"{path.name}: no PDF that was sent"
    picture = Image.open(io.BytesIO(content), formats=["JPEG"])
    if picture.getexif() or set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}:
        return f"{path.name}: metadata {sorted(picture.info)}"
    return next((f"{path.name}: {trace!r}" for trace in TRACES if trace in content), "")


def _addresses(name: str, world: Any) -> list[str]:
    """Where the newest file that the form took is handed out."""
    if name.startswith("catalog:"):
        return [Programme.objects.exclude(photo="").order_by("pk").last().photo.url]
    if name.startswith("orders:"):
        newest = Attachment.objects.select_related("order").order_by("pk").last()
        return [f"/orders/{newest.order.number}/files/{newest.pk}/"]
    if name == "funding:invoice":
        return [f"/funding/settlements/{world.settlement.pk}/invoice/file/"]
    return [f"/funding/entries/{EntryFile.objects.order_by('entry_id').last().entry_id}/document/"]


def _served_wrong(client, path: str) -> str:
    """Tell what a browser could be led to do with the file."""
    response = client.get(path)
    b"".join(response.streaming_content if response.streaming else [response.content])
    kind, way = response["Content-Type"], response.get("Content-Disposition", "")
    is_safe = kind == "image/jpeg" or (kind == "application/pdf" and way.startswith("attachment"))
    is_safe = is_safe and response.get("X-Content-Type-Options") == "nosniff" and "X-Evil" not in response.headers
    is_safe = (
        is_safe and (way.startswith("attachment") or path.startswith("/media/")) and not re.search(r"[\r\n/\\]", way)
    )
    return "" if response.status_code == 200 and is_safe else f"{path}: {response.status_code} {kind} {way}"


def _path(name: str, world: Any) -> str:
    if name == "funding:opening":
        return f"/funding/funds/{world.new_fund.pk}/opening/"
    return asking.path_of({each.name: each for each in asking.our_addresses()}[name], world)


def _meet(client, name: str, world: Any, folder: Folder, sent: Sent) -> tuple[int, int, list[str]]:
    """Send one file to a form; return the status, how many files it kept, and what is wrong. Nothing stays."""
    _role, field, fields = FORMS[name]
    content, kind = files.body(fields(world), [(field, sent)])
    with transaction.atomic():
        response = client.generic("POST", _path(name, world), content, content_type=kind)
        kept = folder.take()
        wrong = [found for path in kept if (found := _wrong(path))]
        if response.status_code >= 500:
            wrong.append(f"status {response.status_code}")
        if kept and response.status_code == 302:
            wrong += [found for path in _addresses(name, world) if (found := _served_wrong(client, path))]
        transaction.set_rollback(True)
    folder.empty()
    return response.status_code, len(kept), wrong


def _attack(name: str, world: Any, folder: Folder, attacks: Iterable[tuple[str, Sent]]) -> tuple[int, list[str]]:
    """Send each file to the form; return how many, and what went wrong, with the file's name."""
    client = asking.client_of(FORMS[name][0], world)
    count, found = 0, []
    for which, sent in attacks:
        count += 1
        status, kept, wrong = _meet(client, name, world, folder, sent)
        found += [f"{name} {which}: {one}" for one in wrong]
        if kept and status != 302:
            found.append(f"{name} {which}: refused with {status}, and kept")
    return count, found


@pytest.mark.parametrize("name", sorted(FORMS))
def test_each_form_takes_a_good_picture(name, delivered, folder):
    """So what the attacks meet is the file's own gate, and not a refusal before it."""
    client = asking.client_of(FORMS[name][0], delivered)

    assert _meet(client, name, delivered, folder, files.pictures()["a place"]) == (302, 1, [])


def _share(step: int) -> list[tuple[str, list[tuple[str, Sent]]]]:
    """Which files each form meets: every one, or every so many, so that each file is sent to as many forms."""
    attacks = list(files.pictures().items())
    return [(name, attacks[start % step :: step]) for start, name in enumerate(FORMS)]


def test_150_upload_attacks_break_nothing_and_leave_nothing(delivered, folder):
    """Each file is sent to two or three of the forms that take pictures or documents."""
    total, found = 0, []
    for name, attacks in _share(3):
        count, wrong = _attack(name, delivered, folder, attacks)
        total, found = total + count, found + wrong

    assert found == []
    assert len(set(files.pictures().values())) >= 50
    assert total >= 130


@pytest.mark.prove
@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_upload_attack_meets_every_form(name, delivered, folder):
    count, found = _attack(name, delivered, folder, files.pictures().items())

    assert found == []
    assert count == len(files.pictures()) >= 50


def test_what_is_too_large_is_refused_with_a_sentence(delivered, folder):
    for name in ("orders:files", "catalog:new"):
        for which, sent in files.large().items():
            status, kept, wrong = _meet(asking.client_of(FORMS[name][0], delivered), name, delivered, folder, sent)
            assert (name, which, status, kept, wrong) == (name, which, 422, 0, [])


# Lists: nothing of them is kept as a file


def _lists(client, path: str, fields: Callable[[], dict[str, Any]], attacks: Iterable[Sent]) -> list[int]:
    answers = []
    for sent in attacks:
        content, kind = files.body(fields(), [("file", sent)])
        answers.append(client.generic("POST", path, content, content_type=kind).status_code)
    return answers


def test_40_attacks_by_lists_are_refused_with_a_sentence(world, folder):
    attacks = files.bad_sheets()
    families, lines = FamilyImport.objects.count(), StatementLine.objects.count()

    clerk, finance = asking.client_of("office", world), asking.client_of("finance", world)
    answers = _lists(clerk, "/people/families/import/", _once, attacks.values())
    answers += _lists(finance, "/funding/statements/new/", lambda: {"account": OWN_ACCOUNT}, attacks.values())

    assert set(answers) == {422}
    assert len(answers) >= 40
    assert (FamilyImport.objects.count(), StatementLine.objects.count()) == (families, lines)
    assert folder.take() == []


def test_formulas_in_lists_stay_words(world, folder):
    """In a page they are escaped; in a file made of them a cell is a text, see tests/core."""
    clerk, finance = asking.client_of("office", world), asking.client_of("finance", world)
    answers = _lists(clerk, "/people/families/import/", _once, files.lists_of_formulas())
    answers += _lists(
        finance, "/funding/statements/new/", lambda: {"account": OWN_ACCOUNT}, files.statements_of_formulas()
    )

    assert answers == [302] * len(answers)
    said = set(StatementLine.objects.filter(bank_reference__startswith="ATTACK").values_list("memo", flat=True))
    assert said >= {formula.strip() for formula in files.FORMULAS}
    assert folder.take() == []


@pytest.mark.parametrize("which", sorted(files.bad_sheets()))
def test_the_first_page_of_all_takes_no_list_that_is_none(which, world, folder, monkeypatch):
    """A new city's regions: a CSV file, by whoever holds the operator's link."""
    monkeypatch.setattr(city, "is_needed", lambda: True)
    sent = files.bad_sheets()[which]
    content, kind = files.body({"token": city.new_token()}, [("regions", sent)])

    answer = asking.client_of("anonymous", world).generic("POST", "/setup/", content, content_type=kind)

    assert answer.status_code in {200, 400, 422}
    assert folder.take() == []


# The pages' own admin


def _cms(client, path: str, field: str, sent: Sent) -> int:
    content, kind = files.body({"title": "x", "collection": 1}, [(field, sent)])
    return client.generic("POST", path, content, content_type=kind).status_code


def test_the_pages_admin_keeps_no_picture_as_it_came(world, folder):
    editor, found, count = asking.client_of("editor", world), [], 0
    for path, field in (("/cms/images/add/", "files[]"), ("/cms/images/chooser/create/", "image-chooser-upload-file")):
        for which, sent in files.pictures().items():
            status, count = _cms(editor, path, field, sent), count + 1
            found += [f"{path} {which}: {status}"] if status >= 500 else []
            found += [f"{path} {which}: {wrong}" for kept in folder.take() if (wrong := _wrong(kept))]
            folder.empty()

    assert found == []
    assert count == 2 * len(files.pictures())


def test_a_document_of_the_pages_is_never_opened_in_the_site(world, folder):
    """An editor may put what carries an allowed ending; whoever opens it gets a file, or a page that may do nothing."""
    editor, found = asking.client_of("editor", world), []
    for which, sent in files.pictures().items():
        named = Sent(sent.name + b".pdf" if which.startswith("named") else sent.name, sent.content, sent.kind)
        status = _cms(editor, "/cms/documents/add/", "file", named)
        found += [f"{which}: {status}"] if status >= 500 else []
        found += [f"{which}: {kept.name}" for kept in folder.take() if not DOCUMENT.fullmatch(kept.name)]
    for document in Document.objects.all():
        answer = editor.get(document.url)
        b"".join(answer.streaming_content)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Type"] in {"application/octet-stream", "application/pdf", "application/zip"}
        assert "default-src 'none'" in answer["Content-Security-Policy"]

    assert found == []
    assert Document.objects.exists()
