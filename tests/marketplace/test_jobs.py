"""The sign of life of background jobs."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from marketplace import jobs, tasks


def test_jobs_alive_before_any_sign_fails():
    with pytest.raises(CommandError, match="no sign of life at all"):
        call_command("jobs_alive")


def test_jobs_alive_after_a_late_sign_fails_and_says_since_when():
    jobs.beat(timezone.now() - timedelta(seconds=151))

    with pytest.raises(CommandError, match="no sign of life since 20"):
        call_command("jobs_alive")


def test_jobs_alive_after_the_task_ran_is_content():
    tasks.heartbeat()
    out = StringIO()

    call_command("jobs_alive", stdout=out)

    assert out.getvalue().startswith("Last sign of life at ")
