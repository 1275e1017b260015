"""Lists as spreadsheets."""

from django.http import Http404, HttpResponse
from django.utils import timezone

from core.access import require, signed_in, view
from core.columns import XLSX
from core.time import today
from dashboards.exports import EXPORTS
from organisations.acting import ActingRequest


@view(signed_in)
def export(request: ActingRequest, what: str) -> HttpResponse:
    """Answer with the rows that the person may read as a page, as an Excel file in the page's language."""
    from core import sheets  # late: it brings openpyxl

    if what not in EXPORTS:
        raise Http404
    offer = EXPORTS[what]
    require(offer.may(request))
    now = timezone.now()
    found = offer.export(request.acting, request.GET, now)
    response = HttpResponse(sheets.workbook(str(found.title), found.columns, found.rows), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{what}-{today(now):%Y-%m-%d}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
