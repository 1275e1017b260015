"""Logging in with WeChat: allauth's two pages, on our way of asking; not there where a city does not use it."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponseBase

from core.access import public, view
from users.weixin import CityWeixin, is_on

_begin, _come_back = (each.adapter_view(CityWeixin) for each in (OAuth2LoginView, OAuth2CallbackView))


@view(public, methods=["POST"])
def begin(request: HttpRequest) -> HttpResponseBase:
    """Send somebody to WeChat."""
    if not is_on():
        raise Http404
    answer: HttpResponseBase = _begin(request)
    return answer


@view(public)
def come_back(request: HttpRequest) -> HttpResponseBase:
    """Take up what WeChat says."""
    if not is_on():
        raise Http404
    answer: HttpResponseBase = _come_back(request)
    return answer
