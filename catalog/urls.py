"""Addresses of this app."""

from django.urls import path

from catalog.views import editor, menu, review

app_name = "catalog"
urlpatterns = [
    path("catalog/", menu.menu, name="menu"),
    path("catalog/mine/", editor.mine, name="mine"),
    path("catalog/new/", editor.new, name="new"),
    path("catalog/review/", review.queue, name="review"),
    path("catalog/review/<slug:slug>/", review.one, name="review-one"),
    path("catalog/<slug:slug>/", menu.programme, name="programme"),
    path("catalog/<slug:slug>/edit/", editor.edit, name="edit"),
    path("catalog/<slug:slug>/submit/", editor.submit, name="submit"),
    path("catalog/<slug:slug>/retire/", editor.retire, name="retire"),
    path("catalog/<slug:slug>/publish/", review.publish, name="publish"),
    path("catalog/<slug:slug>/send-back/", review.send_back, name="send-back"),
    path("catalog/<slug:slug>/suspend/", review.suspend, name="suspend"),
    path("catalog/<slug:slug>/resume/", review.resume, name="resume"),
]
