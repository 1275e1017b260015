"""Addresses of this app. Those under ``accounts/`` stand before allauth's own of the same path."""

from django.urls import path

from users.views import codes, details

app_name = "users"
urlpatterns = [
    path("my/details/", details.details, name="details"),
    path("accounts/login/code/", codes.ask_code, name="ask-code"),
    path("accounts/login/code/confirm/", codes.confirm_code, name="confirm-code"),
]
