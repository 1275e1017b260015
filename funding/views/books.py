"""The books as accountants read them: trial balance, statements of account, documents, closed periods."""

import mimetypes

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted, whole_number
from core.paging import steps
from core.time import today
from funding import balances, corrections, policies, queries, second_looks
from funding.forms import CloseForm, CorrectForm, SpanForm
from funding.models import Account, Entry, EntryFile, Fund, Period, SecondLook
from funding.views.steps import Step, take
from organisations.acting import ActingRequest

ROWS = 100


@view(policies.fund_reader)
def books(request: ActingRequest, pk: int) -> HttpResponse:
    """Show the trial balance of a fund, or with ``?line=`` of one of its lines, from day to day."""
    fund = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    line = None
    if request.GET.get("line"):
        line = get_object_or_404(queries.lines_of(fund), pk=whole_number(request.GET["line"]))
    form = SpanForm(request.GET, default=balances.default_span(fund, today(timezone.now())))
    span = form.span()
    rows = balances.trial_balance(fund, span, line)
    context = {
        "fund": fund,
        "line": line,
        "form": form,
        "span": span,
        "rows": rows,
        "sums": balances.sums_of(rows),
    }
    return render(request, "funding/books.html", context, status=422 if form.errors else 200)


@view(policies.fund_reader)
def statement(request: ActingRequest, pk: int) -> HttpResponse:
    """Show an account from day to day: opening balance, every movement with the balance after it, closing balance."""
    found = get_object_or_404(Account.objects.visible_to(request.acting).in_order(), pk=pk)
    form = SpanForm(request.GET, default=balances.default_span(found.fund, today(timezone.now())))
    span = form.span()
    standing = balances.standing(found, span)
    page = steps(balances.movements(found, span), request.GET, ROWS)
    opening = standing.opening
    if page.previous:
        opening += balances.moved_before(found, span, page.object_list[0])
    context = {
        "account": found,
        "fund": found.fund,
        "form": form,
        "span": span,
        "standing": standing,
        "page": page,
        "rows": list(balances.seen_from(found, opening, page.object_list)),
        "may_book": policies.may_book(request.acting, found.fund),
        "by_hand": corrections.BY_HAND,
    }
    return render(request, "funding/account_statement.html", context, status=422 if form.errors else 200)


@view(policies.fund_reader)
def document(request: ActingRequest, pk: int) -> FileResponse:
    """Hand out the document of an entry."""
    found = get_object_or_404(EntryFile.objects.filter(entry__in=Entry.objects.visible_to(request.acting)), entry=pk)
    stored = str(found.file)
    kind = mimetypes.guess_type(stored)[0] or "application/octet-stream"
    name = f"entry-{pk}.{stored.rpartition('.')[2]}"
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type=kind)


@view(policies.finance, methods=["GET", "POST"])
def correct(request: ActingRequest, pk: int) -> HttpResponse:
    """Undo an entry that was made by hand."""
    entry = get_object_or_404(Entry.objects.visible_to(request.acting), pk=pk)
    moves = list(entry.transfers.select_related("debit__fund", "debit__line__region", "credit__line__region"))
    account = moves[0].debit
    require(policies.may_book(request.acting, account.fund))

    def act(data: dict[str, str]) -> Entry:
        return corrections.correct(entry, reason=data["reason"], by=request.acting, now=timezone.now())

    step = Step(
        title=_("Correct an entry"),
        lead=_(
            "The entry stays in the books. A second one of today undoes it and says why; then enter it as it should be."
        ),
        button=_("Book the correction"),
        done=_("Corrected. Both entries stand in the books."),
        parent=_("Statement"),
        parent_url=reverse("funding:account-statement", args=[account.pk]),
        is_end=True,
        more={"entry": entry, "moves": moves, "is_correctable": corrections.is_correctable(entry)},
    )
    return take(request, CorrectForm(posted(request)), act, step)


def _closed(done: Period | SecondLook) -> str:
    if isinstance(done, SecondLook):
        return _("Asked for. The books are closed when a second person has confirmed it.")
    return _("Closed. The books take nothing dated up to that day any more.")


@view(policies.fund_reader, methods=["GET", "POST"])
def periods(request: ActingRequest, pk: int) -> HttpResponse:
    """Show which periods are closed, by whom, and what is open; League finance closes another."""
    fund = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    may_book, now = policies.may_book(request.acting, fund), timezone.now()
    require(may_book or request.method != "POST")
    form = CloseForm(posted(request))
    if form.is_valid():
        try:
            data = form.cleaned_data
            words = {"ends_on": data["ends_on"], "submission_id": data["submission_id"]}
            done = second_looks.close_period(fund, **words, by=request.acting, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _closed(done))
            return redirect("funding:periods", fund.pk)
    context = {
        "fund": fund,
        "form": form,
        "may_book": may_book,
        "looks": fund.second_looks.waiting().select_related("asked_by", "fund").order_by("pk"),
        "closed": fund.periods.select_related("closed_by").order_by("-ends_on"),
        "unfinished": queries.unfinished(fund),
        "ahead": queries.dated_ahead(fund, today(now)),
    }
    return render(request, "funding/periods.html", context, status=422 if form.errors else 200)
