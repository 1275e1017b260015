"""The layer before Django: a header that Django cannot read is put right."""

import gc

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.http import FileResponse
from django.test import RequestFactory

from core.wsgi import in_one_piece, settle, with_readable_header

pytestmark = pytest.mark.django_db


def _status(application, kind):
    environ = RequestFactory().get("/style-guide/?q=ü").environ | {"CONTENT_TYPE": kind}
    seen = []
    b"".join(application(environ, lambda *given: seen.append(given[0])))
    return seen[0][:3]


@pytest.mark.parametrize("charset", ["hex", "zlib", "rot13", "idna", "punycode", "undefined"])
@pytest.mark.parametrize("kind", ["text/plain; charset={}", "multipart/form-data; charset={}; boundary=B"])
def test_character_set_that_decodes_nothing_is_left_out(charset, kind):
    assert _status(with_readable_header(WSGIHandler()), kind.format(charset)) == "200"


def test_without_the_layer_such_a_header_ends_the_request():
    with pytest.raises(LookupError):
        _status(WSGIHandler(), "text/plain; charset=hex")


@pytest.mark.parametrize(("kind", "status"), [("text/plain; charset=utf-8", "200"), ("a/b; charset=utf-16", "400")])
def test_other_headers_pass_as_they_are(kind, status):
    assert _status(with_readable_header(WSGIHandler()), kind) == status


def _answer(application, path):
    environ = RequestFactory().get(path).environ
    return application(environ, lambda *_given: None)


def test_a_page_is_handed_over_in_one_piece_and_its_request_is_finished():
    ended = []
    request_finished.connect(lambda **about: ended.append(about), weak=False, dispatch_uid="test")
    try:
        answer = _answer(in_one_piece(WSGIHandler()), "/style-guide/")
    finally:
        request_finished.disconnect(dispatch_uid="test")

    assert isinstance(answer, list)
    assert b"</html>" in answer[0]
    assert len(ended) == 1


def test_a_file_is_streamed(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    response = FileResponse(path.open("rb"))

    answer = in_one_piece(lambda _environ, _start: response)({}, None)

    assert answer is response
    response.close()


def test_settle_leaves_what_was_loaded_to_itself():
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
