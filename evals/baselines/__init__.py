"""What a score has to be held against: answers that take no work, and a plain tool-calling agent."""
