"""Pixels to measurements: faces, documents, forgery, liveness. Knows nothing of cases, policies or customers."""
