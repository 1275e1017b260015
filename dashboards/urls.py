"""Addresses of this app."""

from django.urls import path

from dashboards.views import calendar, exports, money, my, workbench

app_name = "dashboards"
urlpatterns = [
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/money/", money.money, name="money"),
    path("workbench/export/<slug:what>.xlsx", exports.export, name="export"),
    path("my/", my.my, name="my"),
    path("my/calendar/", calendar.address, name="calendar"),
    path("my/calendar/end/", calendar.end, name="end-calendar"),
    path("calendar/<slug:secret>.ics", calendar.feed, name="feed"),
]
