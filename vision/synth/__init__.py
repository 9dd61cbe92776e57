"""Synthetic identity documents, portraits and captures, each with its ground truth."""
