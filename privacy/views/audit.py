"""The figures for the yearly audit of minors' personal data, as a page and as an Excel file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from core.access import view
from core.columns import XLSX
from organisations.acting import ActingRequest
from privacy import audit as domain
from privacy.policies import reads_audit


def _year(request: ActingRequest, known: list[int]) -> int:
    """Return the year that was asked for; the latest if it means nothing."""
    return next((year for year in known if str(year) == request.GET.get("year", "")), known[0])


@view(reads_audit)
@never_cache
def audit(request: ActingRequest) -> HttpResponse:
    """Show what a year came to, counts only."""
    now = timezone.now()
    known = domain.years(now)
    year = _year(request, known)
    sections = domain.pack(year, now)
    context = {
        "year": year,
        "years": known,
        "sections": sections,
        "hides": any(section.hides for section in sections),
        "now": now,
    }
    return render(request, "privacy/audit.html", context)


@view(reads_audit)
@never_cache
def export(request: ActingRequest) -> HttpResponse:
    """Answer with the page's tables as an Excel file, each a sheet, in the page's language."""
    from core import sheets  # late: it brings openpyxl

    now = timezone.now()
    year = _year(request, domain.years(now))
    content = sheets.workbook_of(domain.sheets_of(domain.pack(year, now)))
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="audit-{year}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
