"""Names for the standing pages that every page's footer links to; Wagtail serves them like any other page."""

from django.urls import path
from wagtail.views import serve

urlpatterns = [
    path("privacy/", serve, {"path": "privacy/"}, name="privacy"),
    path("children/", serve, {"path": "children/"}, name="children-privacy"),
    path("complaints/", serve, {"path": "complaints/"}, name="complaints"),
    path("help/", serve, {"path": "help/"}, name="help"),
    path("news/", serve, {"path": "news/"}, name="news"),
]
