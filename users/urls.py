"""Addresses of this app."""

from django.urls import path

from users import views

app_name = "users"
urlpatterns = [path("my/details/", views.details, name="details")]
