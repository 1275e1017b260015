"""Addresses of this app."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.open_all, name="open-all"),
    path("inbox/<bigint:pk>/open/", views.open_message, name="open"),
]
