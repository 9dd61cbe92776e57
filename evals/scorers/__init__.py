"""What one saved review is worth, scored against its label: pure functions, one module a question.

A score is a frozen value whose fields are numbers or None where the question does not arise; nothing is run again, no
model is asked.
"""
