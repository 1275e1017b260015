"""Addresses of this app."""

from django.urls import path, re_path

from privacy.views import affected, audit, incidents, mydata, published, register, rosters

app_name = "privacy"
urlpatterns = [
    path("privacy/register/", register.register, name="register"),
    path("privacy/security/", published.security, name="security"),
    path("privacy/children/", published.children, name="children"),
    path("privacy/audit/", audit.audit, name="audit"),
    path("privacy/audit.xlsx", audit.export, name="audit-file"),
    path("privacy/incidents/", incidents.listing, name="incidents"),
    path("privacy/incidents/new/", incidents.new, name="incident-new"),
    path("privacy/incidents/<bigint:pk>/", incidents.incident, name="incident"),
    path("privacy/incidents/<bigint:pk>/edit/", incidents.edit, name="incident-edit"),
    path("privacy/incidents/<bigint:pk>/words/", incidents.words, name="incident-words"),
    path("privacy/incidents/<bigint:pk>/facts/", incidents.facts_page, name="incident-facts"),
    path("privacy/incidents/<bigint:pk>/facts.xlsx", incidents.facts_file, name="incident-facts-file"),
    path("privacy/incidents/<bigint:pk>/people/", affected.people, name="incident-people"),
    path("privacy/incidents/<bigint:pk>/people/<bigint:affected_pk>/", affected.tell, name="incident-tell"),
    path("privacy/incidents/<bigint:pk>/pick/", affected.pick, name="incident-pick"),
    re_path(
        r"^privacy/incidents/(?P<pk>[0-9]{1,18})/(?P<verb>report|send|clear|close)/$",
        incidents.act,
        name="incident-act",
    ),
    path("my/notices/<bigint:pk>/", affected.notice, name="notice"),
    path("my/data/", mydata.my_data, name="my-data"),
    path("my/data/ask/", mydata.ask, name="ask"),
    path("my/data/files/<bigint:pk>/", mydata.download, name="file"),
    path("my/data/delete/", mydata.erase_account, name="erase-account"),
    path("my/children/<bigint:pk>/looks/", mydata.looks, name="looks"),
    path("my/children/<bigint:pk>/delete/", mydata.erase_child, name="erase-child"),
    path("my/children/<bigint:pk>/delete/take-back/", mydata.keep_child, name="keep-child"),
    path("sessions/<bigint:pk>/names/", rosters.take, name="roster"),
]
