"""Every verb of an order. One function each; all of them go through one ``_move``."""

from orders.lifecycle.asking import counter, decline, submit
from orders.lifecycle.automatic import accept, agree
from orders.lifecycle.calling_off import call_off
from orders.lifecycle.clock import escalate, expire, remind
from orders.lifecycle.deciding import approve, cancel, reject, return_
from orders.lifecycle.delivering import confirm, dispute, reopen, report, resolve, settle
from orders.lifecycle.rescheduling import agree_reschedule, decline_reschedule, propose_reschedule, withdraw_reschedule

__all__ = [
    "accept",
    "agree",
    "agree_reschedule",
    "approve",
    "call_off",
    "cancel",
    "confirm",
    "counter",
    "decline",
    "decline_reschedule",
    "dispute",
    "escalate",
    "expire",
    "propose_reschedule",
    "reject",
    "remind",
    "reopen",
    "report",
    "resolve",
    "return_",
    "settle",
    "submit",
    "withdraw_reschedule",
]
