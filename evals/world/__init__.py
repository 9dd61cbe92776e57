"""A simulated exchange: warehouse, documents, selfies and labelled cases, written without the policy in reach."""
