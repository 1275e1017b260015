"""Addresses of this app."""

from django.urls import URLPattern, path

from funding.views import accounts, books, donations, finance, funds, moves, payouts, public, settlements

app_name = "funding"
urlpatterns: list[URLPattern] = [
    path("funding/", finance.finance, name="finance"),
    path("funding/public/", public.public_books, name="public"),
    path("funding/funds/new/", funds.new, name="new-fund"),
    path("funding/funds/<bigint:pk>/", funds.fund, name="fund"),
    path("funding/funds/<bigint:pk>/receive/", funds.receive, name="receive"),
    path("funding/funds/<bigint:pk>/allocate/", funds.allocate, name="allocate"),
    path("funding/funds/<bigint:pk>/opening/", moves.opening, name="opening"),
    path("funding/funds/<bigint:pk>/refund/", moves.refund, name="refund"),
    path("funding/funds/<bigint:pk>/books/", books.books, name="books"),
    path("funding/funds/<bigint:pk>/periods/", books.periods, name="periods"),
    path("funding/funds/<bigint:pk>/donations/", donations.donations, name="donations"),
    path("funding/books/<bigint:pk>/", books.statement, name="account-statement"),
    path("funding/entries/<bigint:pk>/correct/", books.correct, name="correct"),
    path("funding/entries/<bigint:pk>/document/", books.document, name="document"),
    path("funding/lines/<bigint:pk>/", funds.line, name="line"),
    path("funding/lines/<bigint:pk>/transfer/", moves.transfer, name="transfer"),
    path("funding/lines/<bigint:pk>/take-back/", moves.take_back, name="take-back"),
    path("funding/lines/<bigint:pk>/return/", moves.set_return, name="set-return"),
    path("funding/lines/<bigint:pk>/carry-over/", moves.carry, name="carry-over"),
    path("funding/lines/<bigint:pk>/spend/", moves.spend, name="spend"),
    path("funding/give/", donations.give, name="give"),
    path("funding/donations/<bigint:pk>/received/", donations.received, name="received"),
    path("funding/donations/<bigint:pk>/withdraw/", donations.withdraw, name="withdraw-donation"),
    path("funding/donations/<bigint:pk>/receipt/", donations.receipt, name="receipt"),
    path("funding/settlements/<bigint:pk>/", settlements.settlement, name="settlement"),
    path("funding/settlements/<bigint:pk>/approve/", settlements.approve, name="approve"),
    path("funding/settlements/<bigint:pk>/invoice/", settlements.invoice, name="invoice"),
    path("funding/settlements/<bigint:pk>/no-invoice/", settlements.no_invoice, name="no-invoice"),
    path("funding/settlements/<bigint:pk>/invoice/file/", settlements.invoice_file, name="invoice-file"),
    path("funding/settlements/<bigint:pk>/pay/", settlements.pay, name="pay"),
    path("funding/payouts/<bigint:pk>/send/", payouts.send, name="send"),
    path("funding/payouts/<bigint:pk>/paid/", payouts.paid, name="paid"),
    path("funding/payouts/<bigint:pk>/failed/", payouts.failed, name="failed"),
    path("funding/payouts/<bigint:pk>/returned/", payouts.returned, name="returned"),
    path("funding/account/", accounts.account, name="account"),
    path("funding/account/new/", accounts.new, name="new-account"),
    path("funding/accounts/<bigint:pk>/confirm/", accounts.confirm, name="confirm-account"),
]
