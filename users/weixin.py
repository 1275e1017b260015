"""Logging in with WeChat, where a city has an account there: allauth's provider, with nothing kept but an id.

WeChat names nobody we could write to. So who comes in by it for the first time proves a mobile number as well, once;
from then on WeChat alone opens that login. Neither the name nor the picture that WeChat has of a person is asked for.
"""

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from users.models import User

_WAITING, _WAITS_SECONDS = "users_weixin", 600


def is_on() -> bool:
    """Tell whether this city has an account with WeChat."""
    return bool(settings.WEIXIN_APP_ID)


class CityWeixin(WeixinOAuth2Adapter):
    """Asks WeChat for the person's id, and for nothing else."""

    @property
    def access_token_url(self) -> str:
        """Where a code is exchanged for an id."""
        return f"{settings.WEIXIN_API_BASE}/sns/oauth2/access_token"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Return the login of the id.

        Raises:
            OAuth2Error: WeChat named none.
        """
        openid = kwargs.get("response", {}).get("openid")
        if not isinstance(openid, str) or not openid:
            raise OAuth2Error("WeChat named nobody.")
        return self.get_provider().sociallogin_from_response(request, {"openid": openid})


class SocialAdapter(DefaultSocialAccountAdapter):
    """Leads who comes for the first time to their mobile number, and whoever did not get through back to the login."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Remember an unknown id until a number is proven."""
        if sociallogin.is_existing:
            return
        request.session[_WAITING] = {"uid": sociallogin.account.uid, "at": time.time()}
        messages.info(request, _("WeChat knows you. Prove your mobile number once; from then on WeChat is enough."))
        after = sociallogin.get_redirect_url(request) or get_next_redirect_url(request)
        ask = reverse("users:ask-code")
        raise ImmediateHttpResponse(redirect(f"{ask}?{urlencode({'next': after})}" if after else ask))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Take over nothing that WeChat says of the person."""
        user: User = sociallogin.user
        return user

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Say that it did not work, and show the other ways."""
        messages.error(request, _("WeChat did not let you in. Try again, or take another way."))
        raise ImmediateHttpResponse(redirect("account_login"))


def tie(request: HttpRequest, user: User) -> None:
    """Let the WeChat that waits in this browser open the login that is now open, if its number was just proven."""
    waiting = request.session.pop(_WAITING, None)
    proven = any(row.get("phone") for row in get_authentication_records(request, user))
    if waiting and proven and time.time() - waiting["at"] < _WAITS_SECONDS:
        SocialAccount.objects.get_or_create(provider="weixin", uid=waiting["uid"], defaults={"user": user})
