"""Addresses of this app. Those under ``accounts/`` stand before allauth's own of the same path."""

from django.urls import path

from users.views import codes, details, weixin

app_name = "users"
urlpatterns = [
    path("my/details/", details.details, name="details"),
    path("accounts/login/code/", codes.ask_code, name="ask-code"),
    path("accounts/login/code/confirm/", codes.confirm_code, name="confirm-code"),
    path("accounts/password/set/", codes.set_password, name="set-password"),
    path("accounts/reauthenticate/code/", codes.reauthenticate_by_code, name="reauthenticate-by-code"),
    path("accounts/sessions/<bigint:pk>/end/", details.end_session, name="end-session"),
    path("accounts/weixin/login/", weixin.begin, name="weixin"),
    path("accounts/weixin/login/callback/", weixin.come_back, name="weixin-back"),
]
