"""Pages of the whole house: is it alive, is it ready, how does it look."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import public, view
from core.errors import DomainError
from core.forms import posted
from marketplace import city
from marketplace.forms import SetupForm
from marketplace.style_guide import samples
from organisations.region_file import BadFile


@view(public)
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives; it touches nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@view(public)
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether the database answers and has every migration; 503 if not."""
    try:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Exception:  # noqa: BLE001  any failure of the database means "not ready", whatever its driver calls it
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse(
        {"ready": not pending, "database": True, "pending_migrations": pending}, status=503 if pending else 200
    )


@view(public)
def style_guide(request: HttpRequest) -> HttpResponse:
    """Show every token and component."""
    return render(request, "style_guide.html", samples(timezone.now()))


@contextmanager
def as_file(upload: "UploadedFile[bytes] | None") -> Iterator[Path | None]:
    """Lay an upload down as a file for as long as it is needed."""
    if upload is None:
        yield None
        return
    with NamedTemporaryFile(suffix=".csv") as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)


@view(public, ["GET", "POST"])
@never_cache
def setup(request: HttpRequest) -> HttpResponse:
    """Set up a new city: only while it has no League committee, and only with the link of ``manage.py setup_city``."""
    if not city.is_needed():
        raise Http404
    token = request.POST.get("token") or request.GET.get("token", "")
    if not city.opens(token):
        return render(request, "setup_locked.html", {"was_given": bool(token)}, status=403)
    form = SetupForm(posted(request), request.FILES or None, initial={"token": token})
    if form.is_valid():
        try:
            with as_file(form.cleaned_data["regions"]) as regions:
                league = city.set_up(form.plan(regions), now=timezone.now())
        except BadFile as error:
            form.add_error("regions", error.problems)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        else:
            messages.success(request, _("%(league)s is ready. Log in as its first officer.") % {"league": league})
            return redirect("account_login")
    return render(request, "setup.html", {"form": form})
