"""Login sessions in the database, as Django keeps them but encrypted, each read with the person whose it is."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import CharField, DateTimeField, F
from django.utils import timezone

from core.encryption import KeyMissing
from core.prepared import Prepared
from users.models import LoginSession, User

_along: dict[str, Any] = {}
_PERSON: Prepared[User] = Prepared(
    lambda key, now: User.objects.filter(login_sessions__session_key=key, login_sessions__expire_date__gt=now).annotate(
        session_data=F("login_sessions__session_data"), **_along
    ),
    key=CharField(max_length=40),
    now=DateTimeField(),
)


def read_along(**expressions: Any) -> None:
    """Read a fact of a higher app with the person at each request, such as a number in the header. For ``ready``."""
    _along.update(expressions)


def people() -> Any:
    """Return all logins, each with what is read along."""
    return User.objects.annotate(**_along)


class SessionStore(db.SessionStore):
    """Django's own store but for how it finds the row (with ``person``, whose it is, in one query) and what it writes.

    A session holds the secret of a second factor that is being set up, codes and the number that they were sent to. The
    column encrypts them (``LoginSession.session_data``) and reads nothing else: nobody writes a session of their own.
    """

    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[LoginSession]:
        """Return the table of sessions that know whose they are."""
        return LoginSession

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing where it has ended, or its key is not there any more."""
        try:
            self.person = _PERSON.first(key=self.session_key, now=timezone.now())
            if self.person is None:  # nobody is signed in
                return super().load()
            return self.decode(self.person.session_data)  # type: ignore[attr-defined]
        except KeyMissing:
            self.person = self._session_key = None
            return {}

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the words that the column encrypts."""
        return str(self.serializer().dumps(session_dict), "latin-1")

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return what the words say; those of a session from before they were encrypted are signed, until it ends."""
        words = str(session_data)
        if not words.startswith("{"):
            return super().decode(words)
        held: dict[str, Any] = self.serializer().loads(words.encode("latin-1"))
        return held

    def create_model_instance(self, data: dict[str, Any]) -> LoginSession:
        """Return the row for what the session holds now."""
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row  # type: ignore[no-any-return]
