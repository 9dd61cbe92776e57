"""Labelled cases and what to measure on them."""
