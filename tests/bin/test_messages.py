"""Catalogues are compiled when they are newer than their compiled form."""

import gettext
import os

from bin.messages import compile_stale

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Order"\nmsgstr "订单"\n'


def make_catalogue(root):
    folder = root / "orders" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, encoding="utf-8")
    return folder / "django.po"


def test_compile_stale_writes_a_readable_catalogue(tmp_path):
    source = make_catalogue(tmp_path)

    assert compile_stale(tmp_path) == [source.with_suffix(".mo")]

    with source.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Order") == "订单"


def test_compile_stale_the_second_time_does_nothing(tmp_path):
    make_catalogue(tmp_path)
    compile_stale(tmp_path)

    assert compile_stale(tmp_path) == []


def test_compile_stale_a_changed_catalogue_is_compiled_again(tmp_path):
    source = make_catalogue(tmp_path)
    compile_stale(tmp_path)
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))

    assert compile_stale(tmp_path) == [source.with_suffix(".mo")]
