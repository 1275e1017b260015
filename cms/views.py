"""What the pages' admin does not answer itself."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.access import public, view


@view(public)
def login(request: HttpRequest) -> HttpResponse:
    """Send whoever asks for the admin's login to the site's."""
    start, way_on = reverse("wagtailadmin_home"), request.GET.get("next", "")
    return redirect_to_login(way_on if way_on.startswith(start) else start)
