"""A run's base and tuned model side by side in the browser: ask them, and walk through what the tuning changed."""
