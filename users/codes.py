"""Logging in with a code: one way for who has a login and who has none yet.

allauth's process, with one difference: a number that nobody has yet gets its code as well, and the login is made when
the code is right. So the page, the text message and the time are the same for every number, and nobody can hold a
number that is not theirs.
"""

import time
from typing import Any, Self

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from users import services
from users.models import User


class CodeProcess(LoginCodeVerificationProcess):
    """From asking for a code to being in."""

    @classmethod
    def begin(cls, request: HttpRequest, *, user: User | None, email: str, phone: str) -> Self:
        """Send a code to the address or the number."""
        login = Login(user=user, email=email or None, phone=phone or None)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email or None, phone=phone or None))
        stage.state["initiated_by_user"] = True
        process = cls(stage=stage)
        process.send()
        process.persist()
        return process

    @classmethod
    def take_up(cls, stage: Any) -> Self | None:
        """Return the process of the person's session, unless it took too long."""
        process: Self | None = cls(stage=stage).abort_if_invalid()
        return process

    def generate_code(self) -> str:
        """Make a code for a number without a login too."""
        adapter = get_adapter()
        made = adapter.generate_phone_verification_code if self.state.get("phone") else None
        code: str = made(user=self.user, phone=self.state["phone"]) if made else adapter.generate_login_code()
        self.state["code"] = code if made or self.user else ""
        return code

    def send_by_phone(self, phone: str, skip_enumeration_mails: bool = False) -> None:
        """Send every number its code."""
        get_adapter().send_verification_code_sms(user=self.user, phone=phone, code=self.generate_code())
        self.add_sent_message({"recipient": phone, "phone": phone})

    def resend(self) -> None:
        """Send a new code, as often as one may ask for one.

        Raises:
            RateLimited: it was asked for too often.
        """
        key = self.state.get("phone") or self.state["email"]
        ratelimit.consume(self.request, action="request_login_code", key=key.lower(), raise_exception=True)
        self.send(skip_enumeration_mails=True)
        self.record_resend()
        self.persist()

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """Let the person in; a number without a login becomes one."""
        if self.user is None:
            self._user = services.account_of(self.state["phone"], language=get_language() or "zh-hans")
        response: HttpResponse = super().finish(redirect_url)
        return response


class ProofProcess(AbstractCodeVerificationProcess):
    """Somebody without a password or a second factor shows again, by a code on their phone, who they are."""

    SESSION_KEY = "users_proof"

    def __init__(self, request: HttpRequest, user: User) -> None:
        self.request = request
        begun = request.session.get(self.SESSION_KEY) or {**self.initial_state(user, phone=user.phone), "code": ""}
        super().__init__(
            max_attempts=app_settings.PHONE_VERIFICATION_MAX_ATTEMPTS,
            timeout=app_settings.PHONE_VERIFICATION_TIMEOUT,
            state=begun,
            user=user,
        )

    @property
    def is_sent(self) -> bool:
        """Whether a code is on its way to the number that the person has now."""
        return bool(self.code) and self.is_valid() and self.state.get("phone") == getattr(self.user, "phone", None)

    def send(self) -> None:
        """Text a code.

        Raises:
            RateLimited: it was asked for too often.
        """
        assert isinstance(self.user, User)
        phone = str(self.user.phone)
        ratelimit.consume(self.request, action="verify_phone", key=phone, raise_exception=True)
        adapter = get_adapter()
        code = adapter.generate_phone_verification_code(user=self.user, phone=phone)
        self.state = {**self.initial_state(self.user, phone=phone), "code": code}
        adapter.send_verification_code_sms(user=self.user, phone=phone, code=code)
        self.persist()

    def persist(self) -> None:
        self.request.session[self.SESSION_KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(self.SESSION_KEY, None)

    def finish(self) -> None:
        """Write down that the person has just shown who they are."""
        record_authentication(self.request, self.user, method="code", reauthenticated=True)
        self.abort()


def showed_by_code(request: HttpRequest, user: User) -> bool:
    """Tell whether the person wrote a right code a moment ago, to log in or since."""
    times = [row["at"] for row in get_authentication_records(request, user) if row.get("method") == "code"]
    return bool(times) and time.time() - float(times[-1]) < app_settings.REAUTHENTICATION_TIMEOUT
