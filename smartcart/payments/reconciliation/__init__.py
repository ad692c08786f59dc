"""The gateway's books against ours: comparison, report, and what a person does about a finding."""
