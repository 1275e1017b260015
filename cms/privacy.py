"""What the site's pages hold of people: who edited them, and how they like the admin. Other packages as a whole."""

from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from cms.models import ArticlePage, HomePage, NewsIndexPage, StandardPage
from core.privacy import ERASED, ONESELF, UNTIL_ERASED, Person, Personal, Record, Whom, looks_personal
from users.models import User

PACKAGES = (
    "wagtailusers",
    "wagtaildocs",
    "wagtailimages",
    "wagtailsearch",
    "wagtailadmin",
    "wagtailcore",
    "wagtailredirects",
    "taggit",
    "auth",
    "contenttypes",
)
_SETTINGS = Personal(
    Whom.ACCOUNT,
    _("How you like the site's editing pages"),
    _("so that they look as you set them"),
    UNTIL_ERASED,
    ONESELF,
)
_LOGGED = Personal(
    Whom.ACCOUNT,
    _("Your name, where the log of the site's editing pages says whose settings were changed"),
    _("so that it can be read who changed what"),
    UNTIL_ERASED,
    _("whoever looks after the site's technology"),
)
RECORDS = {
    model: Record(plain=" ".join(each.name for each in model._meta.concrete_fields if looks_personal(each)))
    for label in PACKAGES
    for model in apps.get_app_config(label).get_models()
} | {
    UserProfile: Record(about=_SETTINGS, of={"user": "user"}),
    ModelLogEntry: Record(fields={"label": _LOGGED}, plain="data"),
    HomePage: Record(plain="heading lede"),
    NewsIndexPage: Record(),
    ArticlePage: Record(plain="body"),
    StandardPage: Record(plain="body"),
}


def erase(person: Person, now: datetime) -> None:
    """Forget how somebody set the admin, with a picture from before it took none, and their name in its log."""
    for profile in UserProfile.objects.filter(user=person.user):
        profile.avatar.delete(save=False)
        profile.delete()
    ModelLogEntry.objects.get_for_model(User).filter(object_id=str(person.user)).update(label=ERASED)
