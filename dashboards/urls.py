"""Addresses of this app."""

from django.urls import path

from dashboards.views import exports, my, workbench

app_name = "dashboards"
urlpatterns = [
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/export/<slug:what>.xlsx", exports.export, name="export"),
    path("my/", my.my, name="my"),
]
