"""The reports of a League: what its orders brought about, and what they cost."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.time import today
from dashboards import reports as domain
from dashboards.forms import ReportForm
from funding.policies import fund_reader
from organisations.acting import ActingRequest


@view(fund_reader)
def reports(request: ActingRequest) -> HttpResponse:
    """Show a year or a month by month, provider, theme or area."""
    league = request.acting.organisation
    assert league is not None  # the policy lets in who acts for a League
    known = domain.choices(league)
    wanted = domain.asked(request.GET, known, today(timezone.now()).year)
    labels = {"month": _("By month"), "provider": _("By provider"), "theme": _("By theme"), "area": _("By area")}
    context = {
        "report": domain.report(league, wanted, known),
        "asked": wanted,
        "form": ReportForm(wanted, known),
        "tabs": [
            {"url": f"?{wanted.query(by=by)}", "label": label, "current": by == wanted.by}
            for by, label in labels.items()
        ],
        "head": {"month": _("Month"), "provider": _("Provider"), "theme": _("Theme"), "area": _("Area")}[wanted.by],
    }
    return render(request, "dashboards/reports.html", context)
