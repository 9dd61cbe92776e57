"""The measurements of one machine for others: the server, its batches, and the client that speaks to it."""
