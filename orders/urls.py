"""Addresses of this app."""

from django.urls import path

from orders.views import answering, delivery, drafts, files, pages, rescheduling, weather

app_name = "orders"
urlpatterns = [
    path("orders/", pages.index, name="list"),
    path("orders/new/", drafts.new, name="new"),
    path("orders/weather/", weather.bad_weather, name="weather"),
    path("orders/weather/move/", weather.move, name="weather-move"),
    path("orders/weather/moves/", weather.moves, name="weather-moves"),
    path("orders/weather/moves/agree/", weather.agree, name="weather-agree"),
    path("orders/weather/moves/decline/", weather.decline, name="weather-decline"),
    path("orders/<slug:number>/", pages.order, name="order"),
    path("orders/<slug:number>/print/", pages.print_form, name="print"),
    path("orders/<slug:number>/copy/", drafts.copy, name="copy"),
    path("orders/<slug:number>/dates/", drafts.dates, name="dates"),
    path("orders/<slug:number>/details/", drafts.details, name="details"),
    path("orders/<slug:number>/submit/", drafts.submit, name="submit"),
    path("orders/<slug:number>/accept/", answering.accept, name="accept"),
    path("orders/<slug:number>/counter/", answering.counter, name="counter"),
    path("orders/<slug:number>/agree/", answering.agree, name="agree"),
    path("orders/<slug:number>/decline/", answering.decline, name="decline"),
    path("orders/<slug:number>/return/", answering.return_, name="return"),
    path("orders/<slug:number>/approve/", answering.approve, name="approve"),
    path("orders/<slug:number>/reject/", answering.reject, name="reject"),
    path("orders/<slug:number>/cancel/", answering.cancel, name="cancel"),
    path("orders/<slug:number>/report/", delivery.report, name="report"),
    path("orders/<slug:number>/confirm/", delivery.confirm, name="confirm"),
    path("orders/<slug:number>/dispute/", delivery.dispute, name="dispute"),
    path("orders/<slug:number>/resolve/", delivery.resolve, name="resolve"),
    path("orders/<slug:number>/sessions/<bigint:position>/move/", rescheduling.propose, name="propose"),
    path("orders/<slug:number>/proposals/<bigint:pk>/agree/", rescheduling.agree, name="proposal-agree"),
    path("orders/<slug:number>/proposals/<bigint:pk>/decline/", rescheduling.decline, name="proposal-decline"),
    path("orders/<slug:number>/proposals/<bigint:pk>/withdraw/", rescheduling.withdraw, name="proposal-withdraw"),
    path("orders/<slug:number>/files/", files.add, name="files"),
    path("orders/<slug:number>/files/<bigint:pk>/", files.download, name="file"),
]
