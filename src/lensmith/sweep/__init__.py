"""Many runs of one recipe: what is tried, in which order, and what it came to."""
