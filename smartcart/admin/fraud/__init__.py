"""The fraud rules: what they say, what they would have done, and how they are changed."""
