"""The lab: tiny models and drawn worlds with known answers, so that a laptop can prove what lensmith does."""
