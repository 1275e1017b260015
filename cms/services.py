"""Makes the site's pages in both languages, and says who edits them."""

from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import GroupPagePermission, Locale, Page, Site

from cms import texts
from cms.models import ArticlePage, HomePage, NewsIndexPage, StandardPage
from organisations.models import Membership, Organisation
from users.models import User

EDITORS = "Editors"
LANGUAGES = ("zh-hans", "en")
_PAGE_RIGHTS = ("add_page", "change_page", "publish_page")


@transaction.atomic
def create_site(*, on: date) -> HomePage:
    """Make every page that is still missing, in Chinese and English, and return the Chinese home page.

    What editors have changed or added stays as it is, so this may run at each start.
    """
    homes: dict[str, HomePage] = {
        language: HomePage.objects.get(locale__language_code=language) for language in LANGUAGES
    }
    for language, home in homes.items():
        _fill(home, language, on)
    _prepare_editors()
    _name_host()
    return homes["zh-hans"]


def _name_host() -> None:
    """Tell Wagtail under which address the site is known (``SITE_URL``)."""
    address = urlsplit(settings.SITE_URL)
    site = Site.objects.get(is_default_site=True)
    site.hostname = address.hostname or "localhost"
    site.port = address.port or (443 if address.scheme == "https" else 80)
    site.save()


def _fill(home: HomePage, language: str, on: date) -> None:
    locale = Locale.objects.get(language_code=language)
    for slug in texts.STANDING:
        text = texts.read(language, slug)
        _add(home, StandardPage(slug=slug, title=text.title, summary=text.summary, body=text.body, locale=locale))
    news = _add(home, NewsIndexPage(slug="news", title=texts.NEWS[language], locale=locale))
    for slug, days_ago in texts.ARTICLES.items():
        text = texts.read(language, f"news-{slug}")
        article = ArticlePage(slug=slug, title=text.title, summary=text.summary, body=text.body, locale=locale)
        article.published_on = on - timedelta(days=days_ago)
        _add(news, article)


def _add(parent: Page, page: Page) -> Page:
    """Return the page of that address below the parent; make it, as the translation of its Chinese twin, if missing."""
    known = parent.get_children().filter(slug=page.slug).first()
    if known:
        return known.specific
    twin = type(page).objects.filter(slug=page.slug, locale__language_code=LANGUAGES[0]).first()
    if twin:
        page.translation_key = twin.translation_key
    return parent.add_child(instance=page)


def _prepare_editors() -> None:
    """Let the group write, publish and translate pages; images and documents it has from Wagtail."""
    group, _made = Group.objects.get_or_create(name=EDITORS)
    root = Page.get_first_root_node()
    rights = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=_PAGE_RIGHTS)
    for right in rights:
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=right)
    group.permissions.add(*Permission.objects.filter(codename__in=["access_admin", "submit_translation"]))


def is_editor(user: User, *, on: date) -> bool:
    """Tell whether the person edits pages for an admitted League committee on the day. One query."""
    rows = Membership.objects.current(on).with_role(Membership.Role.EDITOR).filter(user=user)
    return rows.filter(organisation__status=Organisation.Status.ADMITTED).exists()


def keep_editor_in_step(user: User, *, on: date) -> None:
    """Put the person into the group of editors, or take them out. Two queries where nothing changes."""
    is_in, should_be = user.groups.filter(name=EDITORS).exists(), is_editor(user, on=on)
    if should_be and not is_in:
        user.groups.add(Group.objects.get(name=EDITORS))
    elif is_in and not should_be:
        user.groups.remove(Group.objects.get(name=EDITORS))
