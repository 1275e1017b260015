"""What the stand-in for Stripe holds: accounts, transfers, payments, and an event for every change."""

import copy
import re
import time
from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
# The parameters that each address takes, after Stripe's reference; a name in capitals must be there.
CREATES = {
    "accounts": "type country email business_type business_profile company capabilities metadata default_currency",
    "account_links": "ACCOUNT TYPE refresh_url return_url collection_options",
    "transfers": "CURRENCY DESTINATION amount description metadata source_transaction source_type transfer_group",
    "reversals": "amount description metadata refund_application_fee",
    "checkout/sessions": "MODE LINE_ITEMS success_url cancel_url client_reference_id metadata payment_intent_data "
    "locale submit_type expires_at",
    "refunds": "payment_intent charge amount reason metadata",
}
FILTERS = "limit starting_after ending_before created transfer_group destination payment_intent status type expand"


class Refusal(Exception):
    """A 4xx. ``was_carried_out`` tells a refusal met on the way from one of the question itself."""

    def __init__(self, message: str, *, code: str = "", status: int = 400, was_carried_out: bool = False) -> None:
        super().__init__(message)
        self.code, self.status, self.was_carried_out = code, status, was_carried_out


def check(params: Object, wanted: str) -> None:
    """Refuse what Stripe does not know, and what is missing."""
    names = {name.lower(): name.isupper() for name in wanted.split()}
    for name in params:
        if name not in names:
            raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown")
    for name, is_needed in names.items():
        if is_needed and not params.get(name):
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing")


def whole(text: object, name: str) -> int:
    """Read an amount: a positive whole number of the smallest unit."""
    if not str(text).isdigit() or int(str(text)) < 1:
        raise Refusal(f"Invalid integer: {name}", code="parameter_invalid_integer")
    return int(str(text))


class Books:
    """Everything Stripe keeps for one platform. Whoever calls holds the server's lock, or is alone."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.balance = 10**12
        self.spoil: Callable[[Object], object] = id  # what a test does to each transfer before it is kept: nothing
        self._last = 0
        self._routes: list[tuple[str, str, Callable[..., Object]]] = [
            ("POST", r"accounts", self._create_account),
            ("POST", r"account_links", self._create_link),
            ("POST", r"transfers", self._create_transfer),
            ("POST", r"transfers/(\w+)/reversals", self._reverse),
            ("POST", r"checkout/sessions", self._create_session),
            ("POST", r"refunds", self._create_refund),
            ("GET", r"(accounts|transfers|payment_intents|refunds|payouts|events|disputes)/(\w+)", self._get),
            ("GET", r"(checkout/sessions)/(\w+)", self._get),
            ("GET", r"(transfers|refunds|payouts|events|disputes|checkout/sessions)", self._list),
        ]

    def act(self, method: str, path: str, params: Object, account: str) -> Object:
        """Do what an address asks."""
        for verb, pattern, function in self._routes:
            found = re.fullmatch(f"/v1/{pattern}", path)
            if verb == method and found:
                return copy.deepcopy(function(params, account, *found.groups()))
        raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)

    # What the tests do in Stripe's place

    def onboard(self, account_id: str, *, name: str, is_ready: bool = True) -> Object:
        """The provider went through Stripe's own forms."""
        account = self.objects[account_id]
        account["company"] = {"name": name}
        account["details_submitted"] = True
        account["payouts_enabled"] = is_ready
        account["capabilities"] = {"transfers": "active" if is_ready else "pending"}
        self._emit("account.updated", account, account=account_id)
        return account

    def fail_payout(self, account_id: str) -> Object:
        """The provider's bank refused what Stripe sent on: Stripe stops paying out."""
        payout = self._make("payout", "po", account_id, amount=1, status="failed", failure_code="account_closed")
        self.objects[account_id]["payouts_enabled"] = False
        self._emit("payout.failed", payout, account=account_id)
        self._emit("account.updated", self.objects[account_id], account=account_id)
        return payout

    def reverse(self, transfer_id: str, amount: int | None = None) -> Object:
        """Somebody took a transfer back on Stripe's own pages."""
        return self._reverse({} if amount is None else {"amount": amount}, "", transfer_id)

    def pay(self, session_id: str, **changes: object) -> Object:
        """The giver paid; ``changes`` make the payment differ from what was asked for."""
        session = self.objects[session_id]
        session.update(status="complete", payment_status="paid", **changes)
        intent = self._make(
            "payment_intent", "pi", amount=session["amount_total"], amount_received=session["amount_total"]
        )
        intent.update(currency=session["currency"], status="succeeded", metadata=session["metadata"])
        session["payment_intent"] = intent["id"]
        self._emit("checkout.session.completed", session)
        return session

    def expire(self, session_id: str) -> Object:
        """The giver went away."""
        session = self.objects[session_id]
        session.update(status="expired")
        self._emit("checkout.session.expired", session)
        return session

    def refund(self, intent_id: str, amount: int) -> Object:
        """Somebody paid a gift back on Stripe's own pages."""
        return self._create_refund({"payment_intent": intent_id, "amount": amount}, "")

    def dispute(self, intent_id: str) -> Object:
        """The giver's bank took the money back."""
        intent = self.objects[intent_id]
        made = self._make(
            "dispute", "du", amount=intent["amount"], currency=intent["currency"], status="needs_response"
        )
        made["payment_intent"] = intent_id
        self._emit("charge.dispute.created", made)
        return made

    def end_dispute(self, dispute_id: str, status: str) -> Object:
        """The card's network decided: ``won`` or ``lost``."""
        found = self.objects[dispute_id]
        found["status"] = status
        self._emit("charge.dispute.closed", found)
        return found

    # What the addresses do

    def _make(self, kind: str, prefix: str, owner: str = "", **fields: Any) -> Object:
        self._last += 1
        made = {"id": f"{prefix}_{self._last:08d}", "object": kind, "created": int(time.time()), "livemode": False}
        made |= {"metadata": {}, **fields, "_owner": owner, "_place": self._last}
        self.objects[made["id"]] = made
        return made

    def _emit(self, kind: str, about: Object, account: str = "") -> None:
        event = self._make("event", "evt", account, type=kind, api_version="2026-10-28.endive", pending_webhooks=1)
        event["data"] = {"object": {name: value for name, value in copy.deepcopy(about).items() if name[0] != "_"}}
        del event["metadata"]
        if account:
            event["account"] = account
        self.events.append({name: value for name, value in event.items() if name[0] != "_"})

    def _create_account(self, params: Object, account: str) -> Object:
        check(params, CREATES["accounts"])
        made = self._make("account", "acct", metadata=params.get("metadata", {}), company={"name": None})
        made.update(details_submitted=False, payouts_enabled=False, capabilities={"transfers": "inactive"}, _balance=0)
        return self._shown(made)

    def _create_link(self, params: Object, account: str) -> Object:
        check(params, CREATES["account_links"])
        self._find(params["account"], "account")
        return {"object": "account_link", "url": f"https://connect.stripe.test/setup/{params['account']}"}

    def _create_transfer(self, params: Object, account: str) -> Object:
        check(params, CREATES["transfers"])
        amount = whole(params.get("amount"), "amount")
        target = self._find(params["destination"], "account")
        if target["capabilities"]["transfers"] != "active":
            raise Refusal(
                "The destination account needs the transfers capability.",
                code="insufficient_capabilities_for_transfer",
                was_carried_out=True,
            )
        if self.balance < amount:
            raise Refusal("Insufficient funds.", code="balance_insufficient", was_carried_out=True)
        self.balance -= amount
        target["_balance"] += amount
        made = self._make("transfer", "tr", amount=amount, amount_reversed=0, reversed=False)
        for name in ("currency", "destination", "transfer_group", "description", "metadata"):
            made[name] = params.get(name, {} if name == "metadata" else None)
        self.spoil(made)
        self._emit("transfer.created", made)
        return self._shown(made)

    def _reverse(self, params: Object, account: str, transfer_id: str) -> Object:
        check(params, CREATES["reversals"])
        transfer = self._find(transfer_id, "transfer")
        rest = transfer["amount"] - transfer["amount_reversed"]
        amount = whole(params.get("amount", rest or 1), "amount")
        target = self.objects[transfer["destination"]]
        if amount > rest:
            raise Refusal("It is reversed already.", code="amount_too_large", was_carried_out=True)
        if amount > target["_balance"]:
            raise Refusal("Insufficient funds.", code="balance_insufficient", was_carried_out=True)
        target["_balance"] -= amount
        self.balance += amount
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        self._emit("transfer.reversed", transfer)
        return self._shown(self._make("transfer_reversal", "trr", amount=amount, transfer=transfer_id))

    def _create_session(self, params: Object, account: str) -> Object:
        check(params, CREATES["checkout/sessions"])
        items = list(params["line_items"].values())
        total = sum(whole(one["price_data"]["unit_amount"], "unit_amount") * int(one["quantity"]) for one in items)
        made = self._make("checkout.session", "cs", amount_total=total, currency=items[0]["price_data"]["currency"])
        made.update(status="open", payment_status="unpaid", payment_intent=None, metadata=params.get("metadata", {}))
        made.update(client_reference_id=params.get("client_reference_id"))
        made.update(url=f"https://checkout.stripe.test/c/pay/{made['id']}")
        return self._shown(made)

    def _create_refund(self, params: Object, account: str) -> Object:
        check(params, CREATES["refunds"])
        intent = self._find(params.get("payment_intent", ""), "payment_intent")
        amount = whole(params.get("amount", intent["amount"]), "amount")
        if amount + intent.get("_refunded", 0) > intent["amount"]:
            raise Refusal("It was refunded already.", code="charge_already_refunded", was_carried_out=True)
        intent["_refunded"] = intent.get("_refunded", 0) + amount
        made = self._make("refund", "re", amount=amount, currency=intent["currency"], status="succeeded")
        made.update(payment_intent=intent["id"], metadata=params.get("metadata", {}))
        self._emit("refund.created", made)
        return self._shown(made)

    def _find(self, pk: str, kind: str, account: str = "") -> Object:
        found = self.objects.get(pk)
        if found is None or found["object"] != kind or found["_owner"] != account:
            raise Refusal(f"No such {kind}: '{pk}'", code="resource_missing", status=404)
        return found

    def _get(self, params: Object, account: str, plural: str, pk: str) -> Object:
        check(params, "expand")
        return self._shown(self._find(pk, _kind(plural), account))

    def _list(self, params: Object, account: str, plural: str) -> Object:
        check(params, FILTERS)
        kind, since = _kind(plural), int(params.get("created", {}).get("gte", 0))
        rows = [one for one in self.objects.values() if one["object"] == kind and one["_owner"] == account]
        for name in ("transfer_group", "destination", "payment_intent", "type"):
            rows = [one for one in rows if name not in params or one.get(name) == params[name]]
        rows = sorted((one for one in rows if one["created"] >= since), key=lambda one: -one["_place"])
        if "starting_after" in params:
            after = self._find(params["starting_after"], kind, account)["_place"]
            rows = [one for one in rows if one["_place"] < after]
        limit = int(params.get("limit", 10))
        data = [self._shown(one) for one in rows[:limit]]
        return {"object": "list", "url": f"/v1/{plural}", "has_more": len(rows) > limit, "data": data}

    def _shown(self, one: Object) -> Object:
        return {name: value for name, value in one.items() if name[0] != "_"}


def _kind(plural: str) -> str:
    return plural.replace("/", ".").removesuffix("s")
