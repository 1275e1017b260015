"""The published pages say what the software does: they are asked of the policies, in both languages."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from activities import policies as activities
from marketplace import filled
from organisations.models.membership import ROLES_OF
from privacy import published

DOCS = Path(settings.BASE_DIR) / "docs"


def role(kind: str, name: str) -> published.Role:
    with translation.override("en"):
        place = [(each, held) for each, roles in ROLES_OF.items() for held in roles].index((kind, name))
        return published.roles()[place]


def test_there_is_a_row_for_each_role():
    assert len(published.roles()) == sum(map(len, ROLES_OF.values()))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("league", "officer"),
        ("league", "finance"),
        ("league", "auditor"),
        ("league", "editor"),
        ("provider", "finance"),
        ("enterprise", "manager"),
    ],
)
def test_these_roles_see_no_childs_name(kind, name):
    assert role(kind, name).names == []


def test_the_rows_follow_the_policies(monkeypatch):
    assert len(role("league", "safeguarding").names) == 3
    assert len(role("office", "clerk").names) == 1
    assert len(role("provider", "coordinator").names) == 2
    assert [name for name in role("school", "child_officer").names if "concerns" in name] == role(
        "school", "child_officer"
    ).names
    nobody = [published.Sight("x", True, lambda _by: False)]
    monkeypatch.setattr(published, "SIGHTS", nobody)
    assert role("league", "safeguarding").names == []


def test_the_window_is_that_of_the_policy(monkeypatch):
    assert published.window() == (48, 72)
    monkeypatch.setattr(published, "ROSTER_FROM", activities.ROSTER_FROM / 2)
    assert published.window() == (24, 72)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["security", "children"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_reads_them_in_both_languages(client, page, language):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(f"/privacy/{page}/")

    assert answer.status_code == 200
    assert f'<html lang="{"zh" if language == "zh-hans" else "en"}' in answer.content.decode()


@pytest.mark.django_db
def test_the_rules_have_the_nine_items_and_name_who_is_in_charge(client, settings):
    settings.DATA_OFFICER = {"zh": "王主任", "en": "Ms Wang"}
    settings.DATA_PLACE = {"zh": "天津市政务云", "en": "the government cloud of Tianjin"}
    text = client.get("/privacy/children/").content.decode()

    assert [n for n in range(1, 10) if f"<dt>{n}. " not in text] == []
    assert [words for words in ("王主任", "天津市政务云", "/my/data/", "/complaints/", "72") if words not in text] == []
    for _title, lines in published.of_families():
        assert [line.personal.what for line in lines if str(line.personal.what) not in text] == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/privacy/security/", "/privacy/children/"])
def test_the_footer_of_public_pages_leads_to_them(client, address):
    assert f'href="{address}"' in client.get("/complaints/", follow=True).content.decode()


@pytest.mark.parametrize("name", filled.PAGES)
def test_the_impact_assessment_is_filled_in_with_the_fields_of_today(name):
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == filled.fill(written, filled.PAGES[name]), "run make reference"
    with pytest.raises(ValueError, match="marks"):
        filled.fill("# Nothing\n", "en")
