"""Funds and lines, the ledger, commitments, settlements, payouts, donations.

More than a dozen models stand here: each step of the money is a record of its own, because records of money are never
rewritten, and each kind that changes state has its history.
"""

from funding.models.commitment import CarriedCommitment, Commitment
from funding.models.donation import Donation, DonationHistory
from funding.models.fund import BudgetLine, Fund, FundHistory, Period
from funding.models.ledger import Account, Entry, EntryFile, Transfer
from funding.models.payout import PayeeAccount, PayeeAccountHistory, Payout, PayoutHistory
from funding.models.settlement import Invoice, Settlement, SettlementHistory, SettlementLine, SettlementRule

__all__ = [
    "Account",
    "BudgetLine",
    "CarriedCommitment",
    "Commitment",
    "Donation",
    "DonationHistory",
    "Entry",
    "EntryFile",
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
