"""Addresses of this app."""

from django.urls import path

from privacy.views import audit, mydata, register, rosters

app_name = "privacy"
urlpatterns = [
    path("privacy/register/", register.register, name="register"),
    path("privacy/audit/", audit.audit, name="audit"),
    path("privacy/audit.xlsx", audit.export, name="audit-file"),
    path("my/data/", mydata.my_data, name="my-data"),
    path("my/data/ask/", mydata.ask, name="ask"),
    path("my/data/files/<bigint:pk>/", mydata.download, name="file"),
    path("my/data/delete/", mydata.erase_account, name="erase-account"),
    path("my/children/<bigint:pk>/looks/", mydata.looks, name="looks"),
    path("my/children/<bigint:pk>/delete/", mydata.erase_child, name="erase-child"),
    path("sessions/<bigint:pk>/names/", rosters.take, name="roster"),
]
