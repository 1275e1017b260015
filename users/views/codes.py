"""Logging in with a code: allauth's two pages, on our process."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginByCodeStage
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.generic import FormView

from core.access import public, view
from users.codes import CodeProcess


class _AskView(allauth_views.RequestLoginCodeView):  # type: ignore[misc]
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
            return self.form_invalid(form)
        CodeProcess.begin(self.request, user=form._user, email=given.get("email") or "", phone=given.get("phone") or "")
        return redirect(self.get_success_url())


class _ConfirmView(allauth_views.ConfirmLoginCodeView):  # type: ignore[misc]
    """Where the code is written."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._process = CodeProcess.take_up(request._login_stage)  # type: ignore[attr-defined]
        if self._process is None:
            return redirect("account_request_login_code")
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
    return _AskView.as_view()(request)


@view(public, methods=["GET", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponseBase:
    """Come in with the code."""
    answer: HttpResponseBase = _confirm(request)
    return answer
