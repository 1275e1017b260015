"""Logging in with a code: one way for who has a login and who has none yet.

allauth's process, with one difference: a number that nobody has yet gets its code as well, and the login is made when
the code is right. So the page, the text message and the time are the same for every number, and nobody can hold a
number that is not theirs.
"""

from typing import Any, Self

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from users import services
from users.models import User


class CodeProcess(LoginCodeVerificationProcess):  # type: ignore[misc]
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
