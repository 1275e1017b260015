"""The inbox."""

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from core.access import signed_in, view
from notifications import rendering, services
from notifications.models import Message
from users.models import User

PAGE = 20


@view(signed_in)
def inbox(request: HttpRequest) -> HttpResponse:
    """Show a person's messages, newest first."""
    user = cast(User, request.user)
    messages = Message.objects.visible_to(user).newest_first()
    page = Paginator(messages, PAGE).get_page(request.GET.get("page"))
    language = get_language() or user.language
    rows = [(message, rendering.render(message, language)) for message in page]
    unread = Message.objects.visible_to(user).unread().count()
    return render(request, "notifications/inbox.html", {"page": page, "rows": rows, "unread": unread})


@view(signed_in, methods=["POST"])
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a message as read and go to the page that it is about."""
    message = get_object_or_404(Message.objects.visible_to(cast(User, request.user)), pk=pk)
    services.open_message(message, now=timezone.now())
    return redirect(message.path)


@view(signed_in, methods=["POST"])
def open_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.open_all(cast(User, request.user), now=timezone.now())
    return redirect("notifications:inbox")
