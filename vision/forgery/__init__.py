"""Traces of tampering in a picture of a document: two detectors, by statistics of blocks and by a network."""
