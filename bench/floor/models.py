"""A place counter and its rows, as in ``performance``'s fastest right design; forty plain rows for a list."""

from django.conf import settings
from django.db import models


class Place(models.Model):
    """A session with places."""

    title = models.CharField(max_length=60)
    capacity = models.IntegerField()
    taken = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="floor_not_oversold", condition=models.Q(taken__lte=models.F("capacity")))
        ]


class Seat(models.Model):
    """Who sits or waits."""

    place = models.ForeignKey(Place, models.CASCADE)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    is_waiting = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "person"], name="floor_once")]
