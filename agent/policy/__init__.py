"""The written policy as YAML: rules by subject, thresholds, disposition table, evidence plan. See `agent.rules`."""
