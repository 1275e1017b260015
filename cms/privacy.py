"""What the site's pages hold of people: nothing but who edited them. The packages behind them are named as a whole."""

from django.apps import apps

from cms.models import ArticlePage, HomePage, NewsIndexPage, StandardPage
from core.privacy import Record, looks_personal

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
RECORDS = {
    model: Record(plain=" ".join(each.name for each in model._meta.concrete_fields if looks_personal(each)))
    for label in PACKAGES
    for model in apps.get_app_config(label).get_models()
} | {
    HomePage: Record(plain="heading lede"),
    NewsIndexPage: Record(),
    ArticlePage: Record(plain="body"),
    StandardPage: Record(plain="body"),
}
