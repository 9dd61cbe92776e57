"""How well each measurement does: one module a kind, each with the figures it measures as a frozen value."""
