"""What a document says: its visual zone, its machine readable zone, its barcode, and whether they say the same."""
