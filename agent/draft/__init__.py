"""From a recommendation to what a reviewer reads: the policy's words, a model's wording, and the check of both."""
