"""One word has one translation: Django merges all catalogues, so no app may say the same string differently."""

import gettext
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.conf import settings

from tests.architecture import guards
from tests.architecture.test_messages import catalogue, file_of, speaking_apps

Spoken = Iterator[tuple[tuple[str | None, str], str, object]]


def ours() -> Spoken:
    for app in speaking_apps():
        for message in catalogue(file_of(app)):
            if message.id:
                strings = message.string if isinstance(message.string, str) else message.string[0]
                yield (message.context, guards.singular(message.id)), app, strings


def theirs() -> Spoken:
    """What the installed packages say; a compiled key is ``context EOT id``, or that with the number of a plural."""
    folders = {"django": Path(django.__file__).parent / "conf"}
    folders |= {
        each.label: Path(each.path)
        for each in apps.get_app_configs()
        if each.name.partition(".")[0] not in settings.OUR_APPS
    }
    for name, folder in folders.items():
        compiled = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                read = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            for key, translation in read.items():
                context, _, text = (key if isinstance(key, str) else key[0]).rpartition("\x04")
                yield (context or None, text), name, translation


@pytest.mark.slow
def test_our_apps_never_give_one_string_different_words():
    assert guards.conflicts(ours()) == [], "give one of them a context (pgettext), or agree on a word"


@pytest.mark.slow
def test_our_strings_do_not_change_what_the_packages_say():
    own = list(ours())
    mine = {key for key, _, _ in own}
    foreign = [spoken for spoken in theirs() if spoken[0] in mine]

    assert len({name for _, name, _ in foreign}) > 2, "the packages' catalogues were not found"
    assert guards.conflicts([*own, *foreign]) == [], "give ours a context (pgettext)"


def test_conflicts_names_who_says_what():
    spoken = [
        ((None, "Paid"), "orders", "付款"),
        ((None, "Paid"), "funding", "已拨付"),
        (("time", "Paid"), "x", "付款时间"),
    ]

    assert guards.conflicts(spoken) == ["- 'Paid': 付款 (orders); 已拨付 (funding)"]
    assert guards.conflicts(spoken[1:]) == []


def test_we_say_one_you_to_everybody():
    """你 everywhere: a page that changes between 你 and 您 reads as if two people wrote it."""
    formal = [(app, key[1]) for key, app, words in ours() if "您" in str(words)]
    texts = [file.name for file in (guards.ROOT / "cms" / "first_texts").rglob("*.html") if "您" in file.read_text()]

    assert formal + texts == []


def test_who_orders_is_not_always_a_street():
    """Schools and villages order as well: a school that reads 轮到街道 waits for somebody else."""
    said = [(app, key[1]) for key, app, words in ours() if app in {"orders", "dashboards"} and "街道" in str(words)]

    assert said == []
