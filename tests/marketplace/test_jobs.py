"""The sign of life of background jobs."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
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


@pytest.mark.slow
def test_jobs_alive_of_another_process_sees_the_sign_without_redis(tmp_path):
    """Without it a demo's background jobs look dead while they run."""
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "marketplace.settings.demo"}
    env.pop("REDIS_URL", None)
    beat = "import django; django.setup(); from marketplace.tasks import heartbeat; heartbeat()"
    for command in (["-c", beat], ["manage.py", "jobs_alive"]):
        line = [sys.executable, *command]
        run = subprocess.run(line, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True)

    assert run.stdout.startswith("Last sign of life at ")
