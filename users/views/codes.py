"""Logging in with a code: allauth's two pages, on our process."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginByCodeStage
from allauth.core.ratelimit import RateLimited
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic import FormView

from core.access import public, signed_in, view
from users.codes import CodeProcess, ProofProcess
from users.forms import LoginCodeForm
from users.models import User


class _AskView(allauth_views.RequestLoginCodeView):
    """Where the number or the address is written."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> HttpResponse | None:
        """Let somebody who wrote a wrong number write another one."""
        if stage.key != LoginByCodeStage.key:
            response: HttpResponse | None = super()._redirect_to_pending_stage(request, stage)
            return response
        clear_login(request)
        return None

    def form_valid(self, form: Any) -> HttpResponse:
        given = form.cleaned_data
        if not given.get("phone") and not given.get("email"):
            form.add_error("phone", form.fields["phone"].error_messages["required"])
            refused: HttpResponse = self.form_invalid(form)
            return refused
        CodeProcess.begin(self.request, user=form._user, email=given.get("email") or "", phone=given.get("phone") or "")
        return redirect(self.get_success_url())


class _ConfirmView(allauth_views.ConfirmLoginCodeView):
    """Where the code is written."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        process = CodeProcess.take_up(request._login_stage)  # type: ignore[attr-defined]
        if process is None:
            return redirect("account_request_login_code")
        self._process: CodeProcess = process
        return FormView.dispatch(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        # Nobody's phone rings in the demo, whose every login is open to all.
        return {**shown, "demo_code": self._process.code if settings.DEMO else ""}


_confirm = login_stage_required(stage=LoginByCodeStage.key, redirect_urlname="account_request_login_code")(
    _ConfirmView.as_view()
)


@view(public, methods=["GET", "POST"])
def ask_code(request: HttpRequest) -> HttpResponseBase:
    """Ask for a code by text message or mail."""
    answer: HttpResponseBase = _AskView.as_view()(request)
    return answer


@view(public, methods=["GET", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponseBase:
    """Come in with the code."""
    answer: HttpResponseBase = _confirm(request)
    return answer


class _ProveView(allauth_views.BaseReauthenticateView):
    """Where somebody without a password shows again who they are."""

    template_name = "account/reauthenticate_by_code.html"
    form_class = LoginCodeForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        assert isinstance(request.user, User)
        self.process = ProofProcess(request, request.user)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.POST.get("action") not in {"send", "resend"}:
            answer: HttpResponseBase = super().post(request, *args, **kwargs)
            return answer
        try:
            self.process.send()
        except RateLimited:
            messages.error(request, _("You asked for several codes. Wait a minute, then ask for another one."))
        return redirect(self.passthrough_next_url(request.path))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "code": self.process.code if self.process.is_sent else ""}

    def form_valid(self, form: Any) -> HttpResponse:
        self.process.finish()
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        if self.process.is_sent and not self.process.record_invalid_attempt():
            messages.error(self.request, _("Three wrong codes. Ask for another one."))
            return redirect(self.passthrough_next_url(self.request.path))
        answer: HttpResponse = super().form_invalid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        sent = self.process.is_sent
        demo_code = self.process.code if sent and settings.DEMO else ""
        return {**shown, "verify_form": shown["form"], "sent": sent, "can_resend": sent, "demo_code": demo_code}


@view(signed_in, methods=["GET", "POST"])
def reauthenticate_by_code(request: HttpRequest) -> HttpResponseBase:
    """Show again who one is, by a code on one's phone."""
    answer: HttpResponseBase = _ProveView.as_view()(request)
    return answer


@view(signed_in, methods=["GET", "POST"])
@reauthentication_required(app="allauth.account")
def set_password(request: HttpRequest) -> HttpResponseBase:
    """Give one's login its first password: that opens it too, so who asks is made sure of."""
    answer: HttpResponseBase = allauth_views.PasswordSetView.as_view()(request)
    return answer
