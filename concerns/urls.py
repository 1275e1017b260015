"""Addresses of this app."""

from django.urls import path, re_path

from concerns.views import desk, public

app_name = "concerns"
urlpatterns = [
    path("safeguarding/concern/", public.report, name="report"),
    path("safeguarding/concern/about/<str:token>/", public.tap, name="tap"),
    path("safeguarding/concern/sent/<str:token>/", public.sent, name="sent"),
    path("safeguarding/concerns/", desk.queue, name="queue"),
    path("safeguarding/concerns/figures/", desk.figures, name="figures"),
    path("safeguarding/concerns/<bigint:pk>/", desk.concern, name="concern"),
    re_path(
        r"^safeguarding/concerns/(?P<pk>[0-9]{1,18})/(?P<verb>accept|refer|follow|close|escalate)/$",
        desk.act,
        name="act",
    ),
]
