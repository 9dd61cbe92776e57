"""Sources to evidence. Measures and reports; judges nothing."""
