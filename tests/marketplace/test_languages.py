"""Every page speaks one language: no English words on Chinese pages, no Hanzi on English ones but what people wrote."""

import json

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client

from marketplace.demo_logins import LOGINS
from tests.marketplace import reading
from users.models import User

STARTS = ("/", "/workbench/", "/my/", "/inbox/", "/accounts/email/", "/no-such-page/")
FOR_ALL = ("/catalog/", "/sessions/week/", "/funding/public/", "/accounts/login/", "/accounts/signup/")
A_FEW = ["league", "ngo", "office", "guardian"]
ALL = [name for name, _ in LOGINS]


@pytest.fixture(scope="module")
def written(in_demo_city):
    """Everything that people wrote in a small demo city."""
    return "\n".join(_everything_written())


def _everything_written():
    for app in settings.OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            fields = [
                field.name
                for field in model._meta.concrete_fields
                if isinstance(field, models.CharField | models.TextField | models.JSONField)
            ]
            for row in model._base_manager.values_list(*fields) if fields else ():
                yield from (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in row if one)


def _strays(language, names, written, *, each, limit):
    found, seen, counted = {}, {}, 0
    for name in ["", *names]:
        client = Client()
        if name:
            client.force_login(User.objects.get(email=f"{name}@demo.test"))
        walk = reading.Walk(client, language, each=each, limit=limit, seen=seen)
        for path, status, page in walk.pages(*STARTS, *(() if name else FOR_ALL)):
            assert status < 500, f"{path} for {name or 'a visitor'}"
            counted += 1
            for text in reading.strays(language, page.texts):
                if language != "en" or not all(run in written for run in reading.HANZI.findall(text)):
                    found.setdefault(text, f"{path} ({name or 'a visitor'})")
    assert counted > limit, "the walk ended early"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_that_a_few_people_open_speak_one_language(written, language):
    assert _strays(language, A_FEW, written, each=1, limit=25) == {}


@pytest.mark.prove
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_that_anybody_opens_speak_one_language(written, language):
    assert _strays(language, ALL, written, each=2, limit=400) == {}


def test_strays_are_words_of_the_other_language_outside_marks_names_and_what_is_not_read():
    page = '<html lang="zh-Hans"><title>Orders</title><p>发到 a@b.example，PDF <b lang="en">Kept</b></p>'
    page += '<input placeholder="Search"><br>好<script>var x</script><textarea>mine</textarea>'
    other = page.replace("zh-Hans", "en").replace('lang="en">Kept', 'lang="zh-Hans">留')

    assert reading.strays("zh-hans", reading.read(page).texts) == ["Orders", "Search"]
    assert reading.strays("en", reading.read(other).texts) == ["发到 a@b.example，PDF", "好"]
