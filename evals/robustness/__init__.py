"""The same case told in another way: what must not matter to a recommendation, shown not to.

A variant rewrites a copy of a labelled set: other names, another order of rows, another currency, orders to the reader
in the customer's texts. Every case is then reviewed again and held against its review before. Metamorphic testing after
Chen et al. (1998); pairs that differ in a protected attribute alone after Kusner et al. (2017).
"""
