"""Evidence to findings, to a recommended disposition, to a checked draft, to a human review."""
