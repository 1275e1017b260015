"""Pages about one's own account; logging in and security are allauth's, but for codes."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core.access import signed_in, view
from core.forms import posted
from users import services
from users.forms import DetailsForm
from users.models import User


@view(signed_in, methods=["GET", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """Change one's name and the language of messages."""
    user = request.user
    assert isinstance(user, User)
    form = DetailsForm(posted(request), initial={"name": user.name, "language": user.language})
    if form.is_valid():
        services.edit_details(user, **form.cleaned_data)
        messages.success(request, _("Your details are saved."))
        return redirect("users:details")
    return render(request, "users/details.html", {"form": form}, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Log out on one of one's own devices. It is out at its very next click."""
    get_object_or_404(UserSession, pk=pk, user=request.user).end()
    messages.success(request, _("Logged out on that device."))
    return redirect("usersessions_list")
