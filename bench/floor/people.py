"""Fill the floor's database and print its people's login sessions: ``python -m bench.floor.people COUNT PLACES``."""

import sys
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from bench.floor.models import Place


def main(count: int, capacity: int) -> None:
    """Make tables, people who are logged in, and places."""
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # the floor itself has no migrations
    users = User.objects.bulk_create([User(username=f"p{n}", password="!") for n in range(count)])
    store, until = SessionStore(), timezone.now() + timedelta(days=7)
    rows = [
        Session(
            session_key=uuid4().hex,
            expire_date=until,
            session_data=store.encode(
                {
                    "_auth_user_id": str(user.pk),
                    "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
                    "_auth_user_hash": user.get_session_auth_hash(),
                }
            ),
        )
        for user in users
    ]
    Session.objects.bulk_create(rows)
    Place.objects.bulk_create([Place(title=f"Place {n}", capacity=capacity) for n in range(200)])
    print("\n".join(row.session_key for row in rows))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
