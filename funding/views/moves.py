"""Acts on a fund's money outside of any order: move, take back, return, carry over, enter what happened elsewhere."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.access import require, view
from core.forms import posted
from core.money import format_money
from funding import allowances, carrying, outside, policies, second_looks, wording
from funding import funds as domain
from funding.forms import CarryForm, ProvedForm, ReceiveForm, ReturnForm, TakeBackForm, TransferForm
from funding.models import BudgetLine, Fund
from funding.views.steps import Step, asked_or, take
from organisations.acting import Acting, ActingRequest
from organisations.meanwhile import ChangedMeanwhile, state_of


def _line(request: ActingRequest, pk: int, may: Callable[[Acting, Fund], bool]) -> BudgetLine:
    found = get_object_or_404(BudgetLine.objects.with_fund().visible_to(request.acting), pk=pk)
    require(may(request.acting, found.fund))
    return found


def _fund(request: ActingRequest, pk: int, may: Callable[[Acting, Fund], bool]) -> Fund:
    found = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    require(may(request.acting, found))
    return found


def _on_line(line: BudgetLine, **words: Any) -> Step:
    return Step(parent=wording.line(line), parent_url=reverse("funding:line", args=[line.pk]), **words)


def _on_fund(fund: Fund, **words: Any) -> Step:
    return Step(parent=fund, parent_url=reverse("funding:fund", args=[fund.pk]), **words)


def _left(line: BudgetLine) -> str:
    return _("%(amount)s is available.") % {"amount": format_money(line.available, line.fund.currency)}


@view(policies.fund_keeper, methods=["GET", "POST"])
def transfer(request: ActingRequest, pk: int) -> HttpResponse:
    """Move available money to another line of the fund."""
    line = _line(request, pk, policies.may_keep)

    def act(data: dict[str, Any]) -> object:
        key = f"transfer:{data['submission_id']}"
        words = {"reason": data["reason"], "by": request.acting, "now": timezone.now(), "key": key}
        return domain.transfer(line, data["target"], data["amount"], **words)

    step = _on_line(
        line,
        title=_("Move money to another line"),
        lead=_left(line),
        button=_("Move it"),
        done=_("Moved. Both lines show it."),
    )
    return take(request, TransferForm(posted(request), line=line), act, step)


@view(policies.fund_keeper, methods=["GET", "POST"])
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Return available money of a line to its fund."""
    line = _line(request, pk, policies.may_keep)

    def act(data: dict[str, Any]) -> object:
        key = f"take_back:{data['submission_id']}"
        return domain.take_back(line, data["amount"], by=request.acting, now=timezone.now(), key=key)

    step = _on_line(
        line,
        title=_("Take money back into the fund"),
        lead=_left(line),
        button=pgettext("money", "Take it back"),
        done=_("Taken back. The fund can allocate it anew."),
    )
    return take(request, TakeBackForm(posted(request), fund=line.fund), act, step)


@view(policies.fund_keeper, methods=["GET", "POST"])
def set_return(request: ActingRequest, pk: int) -> HttpResponse:
    """Say until when an allowance lasts."""
    line = _line(request, pk, policies.may_keep)
    saves = allowances.return_saves(line)
    form = ReturnForm(posted(request), initial={"returns_on": line.returns_on, "seen": state_of(saves)})

    def act(data: dict[str, Any]) -> object:
        return allowances.set_return(line, **data, by=request.acting, now=timezone.now())

    def give_way(refusal: ChangedMeanwhile) -> None:
        line.refresh_from_db()
        form.give_way(refusal, form.differences(line), seen=state_of(saves))

    step = _on_line(
        line,
        title=_("Until when the allowance lasts"),
        lead=_("On that day what is unused goes back to the fund by itself, and can be offered to others."),
        button=_("Save"),
        done=_("Saved."),
    )
    return take(request, form, act, step, give_way=give_way)


@view(policies.finance, methods=["GET", "POST"])
def carry(request: ActingRequest, pk: int) -> HttpResponse:
    """Carry what is open on a line over to its successor."""
    line = _line(request, pk, policies.may_book)

    def act(data: dict[str, Any]) -> object:
        key = f"carry:{data['submission_id']}"
        return carrying.carry_over(line, data["target"], by=request.acting, now=timezone.now(), key=key)

    step = _on_line(
        line,
        title=_("Carry open commitments over"),
        lead=_("%(amount)s is committed for orders. It goes on to the next line, order by order, in one entry.")
        % {"amount": format_money(line.committed, line.fund.currency)},
        button=_("Carry them over"),
        done=_("Carried over. The orders are paid from the other line now."),
    )
    return take(request, CarryForm(posted(request), lines=carrying.successors(line)), act, step)


@view(policies.finance, methods=["GET", "POST"])
def spend(request: ActingRequest, pk: int) -> HttpResponse:
    """Enter what was paid from a line outside the system."""
    line = _line(request, pk, policies.may_book)

    def act(data: dict[str, Any]) -> object:
        return second_looks.spend(line, **data, by=request.acting, now=timezone.now())

    step = _on_line(
        line,
        title=_("Enter spending outside the system"),
        lead=_left(line),
        button=_("Enter it in the books"),
        done=asked_or(_("Entered. It counts as paid.")),
    )
    return take(request, ProvedForm(posted(request), request.FILES or None, fund=line.fund), act, step)


@view(policies.finance, methods=["GET", "POST"])
def opening(request: ActingRequest, pk: int) -> HttpResponse:
    """Enter what a fund held when its books moved here."""
    fund = _fund(request, pk, policies.may_book)

    def act(data: dict[str, Any]) -> object:
        key = f"opening:{data.pop('submission_id')}"
        return outside.open_balance(fund, **data, by=request.acting, now=timezone.now(), key=key)

    step = _on_fund(
        fund,
        title=_("Enter the opening balance"),
        lead=_(
            "What the fund had received when its books moved here. Enter on its lines afterwards what was spent of it."
        ),
        button=_("Enter it in the books"),
        done=_("Entered. Allocate it to lines next."),
    )
    return take(request, ProvedForm(posted(request), request.FILES or None, fund=fund), act, step)


@view(policies.finance, methods=["GET", "POST"])
def refund(request: ActingRequest, pk: int) -> HttpResponse:
    """Enter what went back to its giver."""
    fund = _fund(request, pk, policies.may_book)

    def act(data: dict[str, Any]) -> object:
        return second_looks.refund(fund, **data, by=request.acting, now=timezone.now())

    step = _on_fund(
        fund,
        title=_("Enter money given back"),
        lead=_("Only what is not allocated can go back: %(amount)s.")
        % {"amount": format_money(fund.unallocated, fund.currency)},
        button=_("Enter it in the books"),
        done=asked_or(_("Entered.")),
    )
    return take(request, ReceiveForm(posted(request), fund=fund), act, step)
