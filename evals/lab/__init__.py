"""The prompt lab: what a prompt would send, what a model makes of it, and whether another prompt is better."""
