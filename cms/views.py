"""What the pages' admin does not answer itself."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from wagtail.admin.views.account import AccountView, AvatarSettingsPanel, NameEmailSettingsPanel

from core.access import public, signed_in, view


@view(public)
def login(request: HttpRequest) -> HttpResponse:
    """Send whoever asks for the admin's login to the site's."""
    start, way_on = reverse("wagtailadmin_home"), request.GET.get("next", "")
    return redirect_to_login(way_on if way_on.startswith(start) else start)


class _AccountView(AccountView):
    """Somebody's settings of the admin.

    No picture: Wagtail would show it to everybody under the name of its file, with the place and the camera in it. No
    name: it is changed among one's own details.
    """

    def get_panels(self) -> list[Any]:
        """Return what may be set here."""
        elsewhere = (AvatarSettingsPanel, NameEmailSettingsPanel)
        return [panel for panel in super().get_panels() if not isinstance(panel, elsewhere)]


account = view(signed_in, ["GET", "POST"])(_AccountView.as_view())
