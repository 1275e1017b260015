"""What logins hold of people."""

from datetime import datetime

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from core.privacy import A_MONTH_USED, ONESELF, ONESELF_AND_COLLEAGUES, UNTIL_ERASED, Person, Personal, Record, Whom
from users.models import CalendarFeed, LoginSession, User

LOGIN = Personal(
    Whom.ACCOUNT,
    _("E-mail, phone, password, second factor"),
    _("to sign in, and to write to you"),
    UNTIL_ERASED,
    ONESELF,
)
_NAME = Personal(
    Whom.ACCOUNT, _("Your name"), _("so that colleagues know who did what"), UNTIL_ERASED, ONESELF_AND_COLLEAGUES
)
_DEVICE = Personal(
    Whom.ACCOUNT,
    _("Where you are signed in: device, network address"),
    _("so that you see where you are signed in, and can end it"),
    A_MONTH_USED,
    ONESELF,
)
RECORDS = {
    User: Record(about=LOGIN, of={"user": "pk"}, fields={"name": _NAME}, plain="is_superuser is_staff", is_person=True),
    CalendarFeed: Record(about=LOGIN, of={"user": "user"}),
    EmailAddress: Record(about=LOGIN, of={"user": "user"}),
    EmailConfirmation: Record(about=LOGIN),
    SocialAccount: Record(about=LOGIN),
    SocialApp: Record(plain="name settings"),
    SocialToken: Record(about=LOGIN),
    Authenticator: Record(about=LOGIN),
    UserSession: Record(about=_DEVICE, of={"user": "user"}),
    LoginSession: Record(about=_DEVICE, of={"user": "user"}),
}


def erase(person: Person, now: datetime) -> None:
    """Take from a login all that says whose it was; its number stays, because books and histories name it."""
    if person.user is None:
        return
    for model in (LoginSession, UserSession, EmailAddress, Authenticator, CalendarFeed, SocialAccount):
        model._default_manager.filter(user=person.user).delete()
    User.objects.filter(pk=person.user).update(
        email=f"{person.user}@erased.invalid",
        phone=None,
        name="",
        password=make_password(None),
        last_login=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
    )


def forget(now: datetime) -> dict[str, int]:
    """Delete the login sessions that have ended, and what was noted about the devices they were opened on."""
    sessions, _each = LoginSession.objects.filter(expire_date__lt=now).delete()
    open_ones = LoginSession.objects.values("session_key")
    devices, _each = UserSession.objects.exclude(session_key__in=open_ones).delete()
    return {"login_sessions": sessions, "devices": devices}
