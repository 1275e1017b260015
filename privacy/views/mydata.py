"""One's own data: see it, take it along, put it right, have it deleted; and who looked at a child's name."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from activities.queries import looks_at
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import SubmissionMixin, posted
from core.time import today
from organisations.acting import ActingRequest
from people.models import Child, Guardian
from privacy import erasure, mydata, policies, wishes
from privacy.forms import EraseForm
from privacy.models import Erasure, PreparedFile
from users.models import User

PER_PAGE = 50


def _person(request: ActingRequest) -> User:
    user = request.acting.user
    assert user is not None
    return user


@view(signed_in)
@never_cache
def my_data(request: ActingRequest) -> HttpResponse:
    """Show what can be done with one's own data, and the files that were asked for."""
    now, user = timezone.now(), _person(request)
    day = today(now)
    mine = mydata.everything_of(user, now)
    children = Child.objects.filter(pk__in=mine.children).select_related("home_community").order_by("birth_date", "pk")
    files = PreparedFile.objects.visible_to(request.acting).alive(now).select_related("access__session")
    context: dict[str, Any] = {
        "guardian": Guardian.objects.filter(pk=mine.guardian or 0).first(),
        "children": [{"child": child, "age": child.age(day), "is_me": child.user_id == user.pk} for child in children],
        "files": [row for row in files.order_by("-asked_at") if policies.may_fetch(request.acting, row, now)],
        "form": SubmissionMixin(),
    }
    return render(request, "privacy/my_data.html", context)


@view(signed_in, methods=["POST"])
def ask(request: ActingRequest) -> HttpResponse:
    """Ask for the file with one's own data."""
    form = SubmissionMixin(request.POST)
    if form.is_valid():
        mydata.ask(_person(request), now=timezone.now(), submission_id=form.cleaned_data["submission_id"])
        messages.success(request, _("Your file is being made. It stands here within a minute or two."))
    return redirect("privacy:my-data")


@view(signed_in)
@never_cache
def download(request: ActingRequest, pk: int) -> FileResponse:
    """Hand out a prepared file to whom it was made for, until it expires or they may no longer see the list in it."""
    now = timezone.now()
    rows = PreparedFile.objects.visible_to(request.acting).alive(now).exclude(ready_at=None)
    row = get_object_or_404(rows.select_related("access__session"), pk=pk)
    if not row.file or not policies.may_fetch(request.acting, row, now):
        raise Http404
    name = str(row.file.name).rpartition(".")[2]
    stem = "my-data" if row.kind == PreparedFile.Kind.MY_DATA else "list"
    response = FileResponse(row.file.open("rb"), as_attachment=True, filename=f"{stem}.{name}")
    response["Cache-Control"] = "private, no-store"
    return response


@view(signed_in)
@never_cache
def looks(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a guardian who looked at the child's name, when and what for."""
    day = today(timezone.now())
    child = get_object_or_404(Child.objects.visible_to(request.acting, day), pk=pk)
    require(policies.reads_looks(request.acting, child, day))
    page = Paginator(looks_at(child), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/looks.html", {"child": child, "page": page, "back": reverse("people:children")})


@view(signed_in, methods=["GET", "POST"])
@never_cache
def erase_child(request: ActingRequest, pk: int) -> HttpResponse:
    """Say what deleting a child's record means, then do it; where others answer too, ask them."""
    now = timezone.now()
    child = get_object_or_404(Child.objects.visible_to(request.acting, today(now)), pk=pk)
    require(policies.may_erase(request.acting, child, today(now)))
    form = EraseForm(posted(request))
    if form.is_valid():
        try:
            is_deleted = wishes.ask(child, by=request.acting, now=now)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            asked = _("The other guardian is asked. Nothing is deleted until everybody who answers has asked for it.")
            messages.success(request, _("The child's data is deleted.") if is_deleted else asked)
            return redirect("privacy:my-data")
    context = {"child": child, "form": form, "standing": wishes.standing(child, by=request.acting, now=now)}
    return render(request, "privacy/erase.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def keep_child(request: ActingRequest, pk: int) -> HttpResponse:
    """Take back that one asked to delete a child's record."""
    now = timezone.now()
    child = get_object_or_404(Child.objects.visible_to(request.acting, today(now)), pk=pk)
    require(policies.may_erase(request.acting, child, today(now)))
    try:
        wishes.take_back(child, by=request.acting)
        messages.success(request, _("Your wish is taken back. The child's data stays."))
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return redirect("privacy:my-data")


@view(signed_in, methods=["GET", "POST"])
@never_cache
@reauthentication_required
def erase_account(request: ActingRequest) -> HttpResponse:
    """Say what deleting one's account means, then do it, and log out everywhere."""
    form = EraseForm(posted(request))
    if form.is_valid():
        try:
            erasure.erase(_person(request), cause=Erasure.Cause.ASKED, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            messages.success(
                request, _("Your data is deleted, and you are logged out. Thank you for having been here.")
            )
            return redirect("/")
    return render(request, "privacy/erase.html", {"form": form}, status=422 if form.errors else 200)
