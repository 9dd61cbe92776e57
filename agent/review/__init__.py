"""What people do with a draft: in which order cases come up, who may decide them, and how a decision is recorded."""
