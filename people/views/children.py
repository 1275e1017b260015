"""A guardian's own children, and a youth's own login."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.access import public, require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from organisations.meanwhile import ChangedMeanwhile, state_of
from people import corrections, looks, policies, services, youths
from people.forms import BirthDateForm, ChildEditForm, ContactForm, OwnChildForm
from people.links import LinkGone
from people.models import Child, Guardian
from users.models import User


def _person(request: ActingRequest) -> User:
    """Return who is signed in; the page's policy has made sure that somebody is."""
    user = request.acting.user
    assert user is not None
    return user


@view(signed_in)
def children(request: ActingRequest) -> HttpResponse:
    """List the children for whom the person answers, and the person's own record if they are a youth."""
    day, user = today(timezone.now()), _person(request)
    guardian = Guardian.objects.filter(user=user).first()
    rows, lately = corrections.wards_and_lately(guardian, day) if guardian else ([], [])
    mine = Child.objects.unmerged().filter(user=user).select_related("home_community").first()
    cards = [
        {"child": child, "age": child.age(day), "may_have_login": child.is_youth(day), "others": child.others}
        for child in rows
    ]
    return render(
        request,
        "people/children.html",
        {
            "cards": cards,
            "guardian": guardian,
            "mine": mine,
            "my_age": mine and mine.age(day),
            "is_grown": mine and mine.is_grown(day),
            "lately": lately,
        },
    )


def way_back(request: ActingRequest, otherwise: str) -> str:
    """Return the page that asked for the child, such as a sign-up; only one of ours."""
    asked = request.GET.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else otherwise


@view(signed_in, methods=["GET", "POST"])
def add(request: ActingRequest) -> HttpResponse:
    """Add a child of one's own."""
    form = OwnChildForm(posted(request), known=services.contact_of(_person(request)))
    back = way_back(request, reverse("people:children"))
    context: dict[str, Any] = {"back": back}
    if form.is_bound and form.wants_communities:
        return render(request, "people/child_new.html", {**context, "form": form.without_checking()})
    if form.is_valid():
        now, facts, contact = timezone.now(), form.facts(), form.contact()
        try:
            services.add_child(
                services.guardian_for(_person(request), name=contact.name, phone=contact.phone, now=now),
                name=facts.name,
                birth_date=facts.birth_date,
                home_community=facts.home_community,
                relation=form.cleaned_data["relation"],
                by=request.acting,
                submission_id=form.cleaned_data["submission_id"],
                now=now,
                is_another=form.cleaned_data["is_another"],
            )
        except services.LikelySame as refusal:
            form.add_error("name", str(refusal))
            context["same"] = refusal.child
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The child is in your list."))
            return redirect(back)
    return render(request, "people/child_new.html", {**context, "form": form}, status=422 if form.errors else 200)


@view(signed_in, methods=["GET", "POST"])
def contact(request: ActingRequest) -> HttpResponse:
    """Change what a guardian is called, and on which phone they are reached."""
    guardian = get_object_or_404(Guardian, user=_person(request))
    back = way_back(request, reverse("people:children"))
    form = ContactForm(posted(request), initial={"own_name": guardian.name, "own_phone": guardian.phone})
    if form.is_valid():
        services.change_contact(guardian, form.contact())
        messages.success(request, _("The change is saved."))
        return redirect(back)
    return render(request, "people/contact.html", {"form": form, "back": back}, status=422 if form.errors else 200)


def edit_page(request: ActingRequest, child: Child, *, back: str) -> HttpResponse:
    """Show and take changes of a child's record; guardians and clerks share it."""
    saves = services.saves_of(child)
    form: Any = ChildEditForm(posted(request), child=child, initial={"seen": state_of(saves)})
    if form.is_bound and form.wants_communities:
        typed = {name: request.POST.get(name) for name in form.fields if name in request.POST}
        form = ChildEditForm(child=child, initial=typed)
        return render(request, "people/child_edit.html", {"form": form, "back": back})
    if form.is_valid():
        facts = form.facts()
        try:
            services.edit_child(
                child,
                name=facts.name,
                birth_date=facts.birth_date,
                home_community=facts.home_community,
                by=request.acting,
                now=timezone.now(),
                seen=form.cleaned_data["seen"],
            )
        except ChangedMeanwhile as refusal:
            child.refresh_from_db()
            form.give_way(refusal, form.differences(child), seen=state_of(saves))
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The change is saved."))
            return redirect(back)
    return render(request, "people/child_edit.html", {"form": form, "back": back}, status=422 if form.errors else 200)


@view(signed_in, methods=["GET", "POST"])
def edit(request: ActingRequest, pk: int) -> HttpResponse:
    """Change the record of one's own child."""
    day = today(timezone.now())
    rows = Child.objects.visible_to(request.acting, day).select_related("home_community")
    child = get_object_or_404(rows, pk=pk)
    require(policies.may_edit(request.acting, child, day))
    looks.of_family(child, by=request.acting, now=timezone.now())
    return edit_page(request, child, back=reverse("people:children"))


@view(signed_in, methods=["GET", "POST"])
def birth_date(request: ActingRequest, pk: int) -> HttpResponse:
    """Put a birth date right with which somebody was 18 by mistake."""
    now, by = timezone.now(), request.acting
    child = get_object_or_404(Child.objects.unmerged().filter(user=None), pk=pk)
    if not corrections.may_correct(by, child, today(now)):
        raise Http404
    is_clerk = policies.registered(by, child)
    if is_clerk:
        looks.shown([child.pk], by=by, now=now)
    form, back = BirthDateForm(posted(request)), reverse("people:families" if is_clerk else "people:children")
    if form.is_valid():
        try:
            corrections.correct(child, birth_date=form.cleaned_data["birth_date"], by=by, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The birth date is put right. Whoever answered for the child answers again."))
            return redirect(back)
    context = {"child": child, "form": form, "back": back, "until": corrections.last_day(child)}
    return render(request, "people/birth_date.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["GET", "POST"])
def login_link(request: ActingRequest, pk: int) -> HttpResponse:
    """Make a link by which a youth from 14 on connects a login; it is shown once."""
    day = today(timezone.now())
    child = get_object_or_404(Child.objects.visible_to(request.acting, day), pk=pk)
    require(policies.may_edit(request.acting, child, day))
    looks.of_family(child, by=request.acting, now=timezone.now())
    is_own = policies.is_guardian_of(request.acting, child, day)
    context: dict[str, Any] = {"child": child, "back": reverse("people:children" if is_own else "people:families")}
    if request.method == "POST":
        try:
            secret = youths.make_link(child, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            context["problem"] = str(refusal)
        else:
            context["link"] = settings.SITE_URL + reverse("people:youth", kwargs={"secret": secret})
    return render(request, "people/login_link.html", context, status=409 if "problem" in context else 200)


@view(public, methods=["GET", "POST"])
def youth(request: ActingRequest, secret: str) -> HttpResponse:
    """Connect the login of a youth with their record."""
    now = timezone.now()
    try:
        youths.find_link(secret, now=now)
        if request.method == "POST" and request.acting.user is not None:
            youths.take_up(secret, user=request.acting.user, now=now)
            messages.success(request, _("This login is yours now. You can sign up for activities yourself."))
            return redirect("people:children")
    except LinkGone as refusal:
        return render(request, "people/youth.html", {"gone": str(refusal)}, status=410)
    except DomainError as refusal:
        return render(request, "people/youth.html", {"problem": str(refusal)}, status=409)
    return render(request, "people/youth.html", {"next": request.path})
