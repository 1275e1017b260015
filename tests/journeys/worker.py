"""A real Celery worker whose clock is the journey's: ``celery -A tests.journeys.worker worker --beat``.

The journey lets weeks pass in seconds. It writes its moment into the file ``JOURNEY_CLOCK``; the worker reads it before
each task. What is scheduled by the minute runs every second, so the sweepers work all the while people do.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

import django
import time_machine
from celery.signals import task_postrun, task_prerun

django.setup()

from marketplace.celery import app  # noqa: E402  the settings must stand first

app.conf.beat_schedule = {
    name: {**entry, "schedule": timedelta(seconds=1)} for name, entry in app.conf.beat_schedule.items()
}
_travels: dict[str, time_machine.travel] = {}


@task_prerun.connect
def set_out(task_id: str, **_: object) -> None:
    """Do the task at the journey's moment."""
    moment = datetime.fromisoformat(Path(os.environ["JOURNEY_CLOCK"]).read_text(encoding="utf-8"))
    _travels[task_id] = time_machine.travel(moment, tick=True)
    _travels[task_id].start()


@task_postrun.connect
def come_back(task_id: str, **_: object) -> None:
    """Give the worker its own time back."""
    _travels.pop(task_id).stop()
