"""The written policy as YAML, the language its rules are written in, and what exactly follows from them. Pure."""
