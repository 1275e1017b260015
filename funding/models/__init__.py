"""Funds and lines, the ledger, commitments, settlements, payouts, donations.

More than a dozen models stand here: each step of the money is a record of its own, because records of money are never
rewritten, and each kind that changes state has its history.
"""

from funding.models.approval import ApprovalRun
from funding.models.batch import BatchRow, PayoutBatch, PayoutBatchHistory
from funding.models.claim import Claim, ClaimHistory
from funding.models.commitment import CarriedCommitment, Commitment
from funding.models.donation import Donation, DonationHistory
from funding.models.fund import BudgetLine, Fund, FundHistory, Period
from funding.models.gift import StripeGift, StripeRefund
from funding.models.ledger import Account, Entry, EntryFile, Transfer
from funding.models.payer import PayerAccount, PayerAccountHistory
from funding.models.payout import PayeeAccount, PayeeAccountHistory, Payout, PayoutHistory
from funding.models.rule import FundRule
from funding.models.second_look import SecondLook
from funding.models.settlement import Invoice, Settlement, SettlementHistory, SettlementLine, SettlementRule
from funding.models.statement import LineState, StatementHistory, StatementImport, StatementLine
from funding.models.stripe import Quarantine, StripeAccount, StripeAccountHistory, StripeEvent, StripeTransfer

__all__ = [
    "Account",
    "ApprovalRun",
    "BatchRow",
    "BudgetLine",
    "CarriedCommitment",
    "Claim",
    "ClaimHistory",
    "Commitment",
    "Donation",
    "DonationHistory",
    "Entry",
    "EntryFile",
    "Fund",
    "FundHistory",
    "FundRule",
    "Invoice",
    "LineState",
    "PayeeAccount",
    "PayeeAccountHistory",
    "PayerAccount",
    "PayerAccountHistory",
    "Payout",
    "PayoutBatch",
    "PayoutBatchHistory",
    "PayoutHistory",
    "Period",
    "Quarantine",
    "SecondLook",
    "Settlement",
    "SettlementHistory",
    "SettlementLine",
    "SettlementRule",
    "StatementHistory",
    "StatementImport",
    "StatementLine",
    "StripeAccount",
    "StripeAccountHistory",
    "StripeEvent",
    "StripeGift",
    "StripeRefund",
    "StripeTransfer",
    "Transfer",
]
