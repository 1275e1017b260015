"""Funds and lines, the ledger, commitments, settlements, payouts.

More than a dozen models stand here: each step of the money is a record of its own, because records of money are never
rewritten, and each kind that changes state has its history.
"""

from funding.models.commitment import Commitment
from funding.models.fund import BudgetLine, Fund, FundHistory, Period
from funding.models.ledger import Account, Entry, Transfer
from funding.models.payout import PayeeAccount, PayeeAccountHistory, Payout, PayoutHistory
from funding.models.settlement import Invoice, Settlement, SettlementHistory, SettlementLine, SettlementRule

__all__ = [
    "Account",
    "BudgetLine",
    "Commitment",
    "Entry",
    "Fund",
    "FundHistory",
    "Invoice",
    "PayeeAccount",
    "PayeeAccountHistory",
    "Payout",
    "PayoutHistory",
    "Period",
    "Settlement",
    "SettlementHistory",
    "SettlementLine",
    "SettlementRule",
    "Transfer",
]
