"""What decided cases and the warehouse show that nobody wrote down: conditions that no rule has, rings of accounts.

Rules are found by a search of our own and by no library: those grow trees over rows without gaps, and what is proposed
here is the policy's own language, in which an unknown fact satisfies nothing.
"""
