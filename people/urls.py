"""Addresses of this app."""

from django.urls import path

from people.views import children, families, imports, joint, pick_up

app_name = "people"
urlpatterns = [
    path("my/children/", children.children, name="children"),
    path("my/children/add/", children.add, name="add-child"),
    path("my/children/contact/", children.contact, name="contact"),
    path("my/children/<bigint:pk>/", children.edit, name="edit-child"),
    path("my/children/<bigint:pk>/birth-date/", children.birth_date, name="birth-date"),
    path("my/children/<bigint:pk>/guardians/", joint.guardians, name="joint"),
    path("my/children/<bigint:pk>/guardians/leave/", joint.leave, name="leave-child"),
    path("my/children/<bigint:pk>/login/", children.login_link, name="login-link"),
    path("my/children/<bigint:pk>/pick-up/", pick_up.persons, name="pick-up"),
    path("my/guardian-links/<bigint:pk>/take-back/", joint.take_back, name="take-back-guardian"),
    path("my/guardian/<str:secret>/", joint.join, name="join"),
    path("my/pick-up/<bigint:pk>/take-back/", pick_up.take_back, name="take-back-pick-up"),
    path("my/youth/<str:secret>/", children.youth, name="youth"),
    path("people/families/", families.families, name="families"),
    path("people/families/register/", families.register, name="register-family"),
    path("people/families/import/", imports.upload, name="import-families"),
    path("people/families/import/template.xlsx", imports.template, name="import-template"),
    path("people/families/import/<bigint:pk>/", imports.look, name="family-import"),
    path("people/families/import/<bigint:pk>/discard/", imports.discard, name="discard-import"),
    path("people/families/<bigint:pk>/", families.family, name="family"),
    path("people/families/<bigint:pk>/children/add/", families.add_child, name="family-add-child"),
    path("people/families/<bigint:pk>/children/<bigint:child_pk>/", families.edit_child, name="family-edit-child"),
    path("people/to-tell/", families.to_tell, name="to-tell"),
    path("people/to-tell/<bigint:pk>/told/", families.told_now, name="told"),
]
