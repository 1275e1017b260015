"""The provider's answers and the League's decision, each on a page of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.forms import posted, whole_number
from core.time import today
from funding import fund_rules
from orders import lifecycle, policies, presenting
from orders.forms import AcceptForm, CounterForm, NoteForm, ReasonForm, rows_of
from orders.forms.draft import row_forms, venues_for
from orders.lifecycle.asking import OtherDate
from orders.lifecycle.deciding import budget_lines
from orders.models import Order, PlannedSession
from orders.statuses import Status, Verb
from orders.views.common import initial, load, may_or_403, take
from organisations.acting import ActingRequest
from organisations.models import Membership

_BOTH = ("GET", "POST")
_CREW_ROLES = (Membership.Role.MANAGER, Membership.Role.COORDINATOR)


def _members(order: Order) -> list[Membership]:
    """The provider's people who may go, one row a person."""
    rows = Membership.objects.current(today(timezone.now())).filter(organisation=order.provider)
    found: dict[int, Membership] = {}
    for member in rows.with_role(*_CREW_ROLES).select_related("user").order_by("user__name", "pk"):
        found.setdefault(member.user_id, member)
    return list(found.values())


def _with_crew(form: Any, order: Order, planned: list[PlannedSession]) -> Any:
    """Let the form offer the provider's people."""
    needed = order.version.crew_size if order.version else 1
    form.name_people(_members(order), planned, needed)
    return form


@view(policies.reads_orders, methods=_BOTH)
def accept(request: ActingRequest, number: str) -> HttpResponse:
    """Take the order and name who goes."""
    order = load(request, number)
    may_or_403(request, order, Verb.ACCEPT)
    planned = list(order.planned.select_related("venue").order_by("position"))
    form = _with_crew(AcceptForm(posted(request), initial=initial(order)), order, planned)

    def call() -> None:
        data = form.cleaned_data
        lifecycle.accept(
            order,
            by=request.acting,
            now=timezone.now(),
            crew=form.crew_by_position(),
            seen=data["seen"],
            note=data["note"],
        )

    def done() -> str:
        if order.status == Status.APPROVED:
            return _("The order is accepted, and approved by the fund's rule. The sessions are open for sign-up.")
        return _("The order is accepted. The League decides next.")

    return take(
        request, order, Verb.ACCEPT, form, call, done=done, template="orders/order_accept.html", planned=planned
    )


@view(policies.reads_orders, methods=_BOTH)
def counter(request: ActingRequest, number: str) -> HttpResponse:
    """Propose other dates, another place or a smaller group."""
    order = load(request, number)
    may_or_403(request, order, Verb.COUNTER)
    planned = list(order.planned.select_related("venue").order_by("position"))
    form = _with_crew(CounterForm(posted(request), initial=initial(order)), order, planned)
    venues = venues_for(order.office, order.provider_id, order.league_id)
    rows = row_forms(posted(request), initial=rows_of(planned), venues=venues, prefix="dates")

    def call() -> None:
        data = form.cleaned_data
        lifecycle.counter(
            order,
            by=request.acting,
            now=timezone.now(),
            crew=form.crew_by_position(),
            dates=_other_dates(rows, planned),
            group_size=data["group_size"],
            seen=data["seen"],
            note=data["note"],
        )

    if request.method == "POST" and not rows.is_valid():
        form.is_valid()
        form.add_error(None, _("Look at the dates again."))
    return take(
        request,
        order,
        Verb.COUNTER,
        form,
        call,
        done=_("Your proposal is with the office."),
        template="orders/order_counter.html",
        rows=list(zip(planned, rows.forms, strict=False)),
        formset=rows,
    )


def _other_dates(rows: Any, planned: list[PlannedSession]) -> list[OtherDate]:
    """Each row as a date; the sessions keep their length."""
    found = []
    for one, form in zip(planned, rows.forms, strict=False):
        length: timedelta = one.ends_at - one.starts_at
        row = form.row()
        address = "" if row.venue_id else row.address
        found.append(OtherDate(one.position, row.starts_at, row.starts_at + length, row.venue_id, address))
    return found


def _simple(
    request: ActingRequest, number: str, verb: Verb, form_class: type[NoteForm | ReasonForm], done: str, **context: Any
) -> HttpResponse:
    """A verb whose form is a note or a reason."""
    order = load(request, number)
    may_or_403(request, order, verb)
    form = form_class(posted(request), initial=initial(order))
    function: Callable[..., Any] = getattr(lifecycle, "return_" if verb == Verb.RETURN else verb.value)

    def call() -> None:
        data = form.cleaned_data
        function(order, by=request.acting, now=timezone.now(), seen=data["seen"], note=data["note"])

    return take(request, order, verb, form, call, done=done, **context)


@view(policies.reads_orders, methods=_BOTH)
def agree(request: ActingRequest, number: str) -> HttpResponse:
    """Take the provider's proposal."""
    return _simple(request, number, Verb.AGREE, NoteForm, _("Agreed. The League decides next."))


@view(policies.reads_orders, methods=_BOTH)
def decline(request: ActingRequest, number: str) -> HttpResponse:
    """Say no to the office."""
    return _simple(request, number, Verb.DECLINE, ReasonForm, _("The order is declined; the office reads why."))


@view(policies.reads_orders, methods=_BOTH)
def return_(request: ActingRequest, number: str) -> HttpResponse:
    """Give the order back to the provider."""
    return _simple(request, number, Verb.RETURN, ReasonForm, _("The order is back with the provider."))


@view(policies.reads_orders, methods=_BOTH)
def reject(request: ActingRequest, number: str) -> HttpResponse:
    """Do not approve."""
    return _simple(request, number, Verb.REJECT, ReasonForm, _("The order is not approved; both sides read why."))


@view(policies.reads_orders, methods=_BOTH)
def cancel(request: ActingRequest, number: str) -> HttpResponse:
    """Call the order off."""
    return _simple(request, number, Verb.CANCEL, ReasonForm, _("The order is cancelled."), is_danger=True)


def _approved(order: Order) -> str:
    """What is said after one officer's word: it was enough, or another's is wanted."""
    if order.status == Status.ACCEPTED:
        return _("Your approval is written down. Another officer has to approve this order too.")
    return _("Approved. The money is committed and the sessions are open for sign-up.")


@view(policies.reads_orders, methods=_BOTH)
def approve(request: ActingRequest, number: str) -> HttpResponse:
    """Commit the money and open the sessions."""
    order = load(request, number)
    may_or_403(request, order, Verb.APPROVE)
    form = NoteForm(posted(request), initial=initial(order))
    chosen = request.POST.get("line", "")

    def call() -> None:
        data = form.cleaned_data
        lifecycle.approve(
            order,
            by=request.acting,
            now=timezone.now(),
            line_id=whole_number(chosen),
            seen=data["seen"],
            note=data["note"],
        )

    return take(
        request,
        order,
        Verb.APPROVE,
        form,
        call,
        done=lambda: _approved(order),
        template="orders/order_approve.html",
        more=lambda: _paying(order, chosen),
    )


def _paying(order: Order, chosen: str) -> dict[str, Any]:
    """Which lines may pay, which one was chosen, and whether two have to approve."""
    lines = budget_lines(order) if order.status == Status.ACCEPTED and order.total else []
    paying = next((line for line in lines if str(line.pk) == chosen), lines[0] if lines else None)
    rule = fund_rules.in_force(paying.fund_id, timezone.now()) if paying else None
    return {
        "two": presenting.second_approval(order, rule),
        "lines": lines,
        "chosen": chosen or (str(lines[0].pk) if lines else ""),
    }
