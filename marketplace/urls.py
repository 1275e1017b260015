"""Every address of the site. Each app's own ``urls.py`` holds its full paths, so that a path is found by grep."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.documents import urls as wagtaildocs_urls

from marketplace import views

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"

urlpatterns = [
    path("", include("activities.urls")),  # first, as hundreds of families ask for a session's pages at once
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("style-guide/", views.style_guide, name="style-guide"),
    path("setup/", views.setup, name="setup"),
    path("", include("users.urls")),  # before allauth, whose pages of codes it replaces
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/", include("allauth.socialaccount.providers.weixin.urls")),
    path("cms/", include("cms.urls.admin")),
    path("documents/", include(wagtaildocs_urls)),
    path("", include("notifications.urls")),
    path("", include("organisations.urls")),
    path("", include("people.urls")),
    path("", include("concerns.urls")),
    path("", include("safeguarding.urls")),
    path("", include("catalog.urls")),
    path("", include("funding.urls")),
    path("", include("volunteering.urls")),
    path("", include("orders.urls")),
    path("", include("dashboards.urls")),
    path("", include("privacy.urls")),
    path("", include("cms.urls.pages")),
    path("", include(wagtail_urls)),
]
if settings.DEMO:  # a real city's proxy serves uploads itself
    urlpatterns.insert(0, re_path(r"^media/(?P<path>.+)$", serve, {"document_root": settings.MEDIA_ROOT}))
