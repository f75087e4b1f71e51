"""The books: general ledger, trial balance, aged receivables and payables, stock valuation.

Amounts are whole numbers of a currency's smallest unit (cents) until a cell is written: so sums
are exact, and running balances of 100,000 lines too.
"""
