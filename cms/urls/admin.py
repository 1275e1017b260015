"""Wagtail's admin without a login of its own: that would let people past the site's second factor and limits."""

from django.urls import URLPattern, URLResolver, path
from wagtail.admin.auth import require_admin_access
from wagtail.admin.urls import urlpatterns as theirs
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms import views


def _has_no_place_here(entry: URLPattern | URLResolver) -> bool:
    """Tell a login, a password page or a page for trying out errors, and the page in whose place ours stands."""
    return str(entry.pattern) in {"account/", "login/", "password_reset/", "failwhale/", "test404/"}


urlpatterns = [
    path("login/", views.login, name="wagtailadmin_login"),
    *decorate_urlpatterns([path("account/", views.account, name="wagtailadmin_account")], require_admin_access),
    *(entry for entry in theirs if not _has_no_place_here(entry)),
]
