"""One page with a form, one POST that decides, one list, one health check."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from bench.floor.models import Place, Seat


@login_required
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form; take a place, or join the line."""
    if request.method == "POST":
        with transaction.atomic():
            seat = Seat.objects.create(place_id=pk, person=request.user)
            free = Place.objects.filter(pk=pk, taken__lt=F("capacity"))
            if not free.update(taken=F("taken") + 1):
                Place.objects.filter(pk=pk).update(waiting=F("waiting") + 1)
                Seat.objects.filter(pk=seat.pk).update(is_waiting=True)
                return HttpResponse("waiting")
        return HttpResponse("confirmed")
    return render(request, "floor/place.html", {"place": get_object_or_404(Place, pk=pk)})


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One query, one page, nobody signed in."""
    return render(request, "floor/one.html", {"place": get_object_or_404(Place, pk=pk)})


def forty(request: HttpRequest) -> HttpResponse:
    """Forty rows by the ORM."""
    return render(request, "floor/list.html", {"places": Place.objects.order_by("pk")[:40]})


urlpatterns = [path("places/<int:pk>/", place), path("one/<int:pk>/", one), path("list/", forty)]
