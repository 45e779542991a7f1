"""Delegations and actor chains: who acts for whom, what hangs on what, and what is wrong with it."""
