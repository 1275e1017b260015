"""Files of an order: add one, download one. Both look at the order first."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from orders import policies
from orders.attachments import attach
from orders.forms import FileForm
from orders.views.common import load, put_right, to_order
from organisations.acting import ActingRequest


@view(policies.reads_orders, methods=("GET", "POST"))
def add(request: ActingRequest, number: str) -> HttpResponse:
    """Keep a file with the order."""
    order = load(request, number)
    require(policies.may_attach(request.acting, order))
    form = FileForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            once = {"now": timezone.now(), "submission_id": data["submission_id"]}
            attach(order, data["file"], kind=data["kind"], by=request.acting, **once)
        except DomainError as refusal:
            put_right(form, refusal)
        else:
            messages.success(request, _("The file is kept with the order."))
            return to_order(order, "#files")
    return render(
        request, "orders/order_files.html", {"order": order, "form": form}, status=422 if form.errors else 200
    )


@view(policies.reads_orders)
def download(request: ActingRequest, number: str, pk: int) -> FileResponse:
    """Hand out a file to those who may see the order, as a download under its own name."""
    order = load(request, number)
    attachment = order.attachments.filter(pk=pk).first()
    if attachment is None:
        raise Http404
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["Cache-Control"] = "private, no-store"
    return response
