"""Addresses of this app."""

from django.urls import URLPattern, path

from funding.views import accounts, batches, finance, funds, payouts, public, settlements, statements, vouchers

app_name = "funding"
urlpatterns: list[URLPattern] = [
    path("funding/", finance.finance, name="finance"),
    path("funding/public/", public.public_books, name="public"),
    path("funding/funds/new/", funds.new, name="new-fund"),
    path("funding/funds/<bigint:pk>/", funds.fund, name="fund"),
    path("funding/funds/<bigint:pk>/receive/", funds.receive, name="receive"),
    path("funding/funds/<bigint:pk>/allocate/", funds.allocate, name="allocate"),
    path("funding/lines/<bigint:pk>/", funds.line, name="line"),
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
    path("funding/payouts/<bigint:pk>/voucher/", vouchers.voucher, name="voucher"),
    path("funding/batches/", batches.index, name="batches"),
    path("funding/batches/new/", batches.new, name="new-batch"),
    path("funding/batches/<bigint:pk>/", batches.batch, name="batch"),
    path("funding/batches/<bigint:pk>/continue/", batches.go_on, name="continue-batch"),
    path("funding/batches/<bigint:pk>/check/", batches.check, name="check-batch"),
    path("funding/batches/<bigint:pk>/send/", batches.send, name="send-batch"),
    path("funding/batches/<bigint:pk>/file.<slug:kind>", batches.file, name="batch-file"),
    path("funding/statements/", statements.index, name="statements"),
    path("funding/statements/new/", statements.new, name="new-statement"),
    path("funding/statements/<bigint:pk>/", statements.statement, name="statement"),
    path("funding/statements/<bigint:pk>/continue/", statements.go_on, name="continue-statement"),
    path("funding/statements/lines/<bigint:pk>/match/", statements.match, name="match-line"),
    path("funding/statements/lines/<bigint:pk>/set-aside/", statements.set_aside, name="set-aside-line"),
    path("funding/statements/lines/<bigint:pk>/take-back/", statements.take_back, name="take-back-line"),
    path("funding/account/", accounts.account, name="account"),
    path("funding/account/new/", accounts.new, name="new-account"),
    path("funding/accounts/<bigint:pk>/confirm/", accounts.confirm, name="confirm-account"),
]
