"""Public money: funds, commitments, settlements, payouts, one double-entry ledger. Knows nothing of orders."""
