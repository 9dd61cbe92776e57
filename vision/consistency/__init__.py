"""Cheap checks of a document that a reviewer can follow: each names what it compared and the number it found.

    report = inspection.inspect(data, reading, date(2026, 6, 1))   # of a picture and its reading
    report = files.inspect(data, date(2026, 6, 1))                 # of any file, from its bytes

The reading is the reader's, made once; nothing is recognised here again.
"""
