"""The menu and a programme's page."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog import lifecycle, policies, queries
from catalog.forms import FilterForm, criteria
from catalog.models import Programme
from core.access import public, view
from core.time import today
from organisations.acting import ActingRequest

PER_PAGE = 12


def _address(request: HttpRequest, **without: str) -> str:
    """Return this page's address with some parameters replaced or, if empty, left out; always from page one."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in without.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _chips(request: HttpRequest, wanted: queries.Criteria, form: FilterForm) -> list[dict[str, Any]]:
    """Return each filter in use with the address that drops it."""
    themes = {theme.slug: str(theme) for theme in queries.themes()}
    labels: dict[str, Any] = {"q": wanted.q, "theme": themes.get(wanted.theme), "free": _("Places left")}
    for name, choices in form.choices.items():
        labels[name] = dict(choices).get(getattr(wanted, name)) or getattr(wanted, name)
    return [{"name": name, "label": labels[name], "url": _address(request, **{name: ""})} for name in wanted.active]


def _plates(request: HttpRequest, wanted: queries.Criteria) -> list[dict[str, Any]]:
    counts = queries.counts()
    return [
        {
            "slug": theme.slug,
            "label": str(theme),
            "count": counts.get(theme.slug, 0),
            "url": _address(request, theme=theme.slug),
            "current": theme.slug == wanted.theme,
        }
        for theme in queries.themes()
    ]


def _sorts(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    labels = {"rating": _("Rating"), "soon": _("Soonest"), "new": pgettext("programmes", "Newest"), "price": _("Price")}
    return [
        {"label": label, "url": _address(request, sort=name), "current": name == current}
        for name, label in labels.items()
    ]


@view(public)
def menu(request: ActingRequest) -> HttpResponse:
    """Show what is on the menu, filtered and sorted; price per session to those who order, places to families."""
    now = timezone.now()
    wanted = criteria(request.GET, themes=[theme.slug for theme in queries.themes()])
    form = FilterForm(regions=queries.regions(), initial=vars(wanted))
    orders = request.acting.organisation is not None
    sort = wanted.sort or ("rating" if orders else "soon")
    found = queries.search(queries.menu(), wanted, now=now)
    page = Paginator(queries.ordered(found, sort), PER_PAGE).get_page(request.GET.get("page"))
    rescue = [] if page.paginator.count else queries.tightest(wanted, now=now)
    chips = _chips(request, wanted, form)
    labels = {chip["name"]: chip for chip in chips}
    context = {
        "page": page,
        "form": form,
        "chips": chips,
        "rescue": [{**gain, **labels[gain["name"]]} for gain in rescue],
        "plates": _plates(request, wanted),
        "all_url": _address(request, theme=""),
        "clear_url": request.path,
        "sorts": _sorts(request, sort),
        "counts": queries.counts(),
        "for_orders": orders,
        "today": today(now),
    }
    return render(request, "catalog/menu.html", context)


@view(public)
def programme(request: ActingRequest, slug: str) -> HttpResponse:
    """Show one programme as it is on the menu; to its own people and the League also what is not."""
    rows = Programme.objects.visible_to(request.acting).with_card_data().select_related("series", "theme")
    found = get_object_or_404(rows.select_related("provider__region"), slug=slug)
    now = timezone.now()
    certificate = found.provider.certificate_until
    context = {
        "programme": found,
        "content": found.shown,
        "for_orders": request.acting.organisation is not None,
        "orders_here": policies.orders_from_menu(request),
        "is_on_menu": found.status == Programme.Status.PUBLISHED and found.provider.may_act,
        "status_sentence": lifecycle.SENTENCES[found.status],
        "may_edit": policies.may_edit(request.acting, found),
        "may_oversee": policies.may_oversee(request.acting, found),
        "registration_valid": certificate is not None and certificate >= today(now),
        "earliest": today(now) + timedelta(days=found.shown.lead_days),
    }
    return render(request, "catalog/programme.html", context)
