"""One readable script a model; the results table stands in each script's docstring."""
