"""Training: what is tuned, the loss, the loop and its checkpoints."""
