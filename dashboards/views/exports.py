"""Lists as spreadsheets."""

from os import SEEK_END

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from core.access import require, signed_in, view
from core.columns import XLSX
from core.time import today
from dashboards.exports import EXPORTS
from organisations.acting import ActingRequest


@view(signed_in)
def export(request: ActingRequest, what: str) -> HttpResponseBase:
    """Answer with the rows that the person may read as a page, as an Excel file in the page's language.

    A short one is answered at once, a long one goes out from disk in pieces.
    """
    from core import sheets  # late: it brings openpyxl

    if what not in EXPORTS:
        raise Http404
    offer = EXPORTS[what]
    require(offer.may(request))
    now = timezone.now()
    found = offer.export(request.acting, request.GET, now)
    file = sheets.workbook_file(str(found.title), found.columns, found.rows)
    size = file.seek(0, SEEK_END)
    file.seek(0)
    response: HttpResponseBase
    if size > sheets.IN_MEMORY:
        response = FileResponse(file, content_type=XLSX)
    else:
        with file:
            response = HttpResponse(file.read(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{what}-{today(now):%Y-%m-%d}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
