"""From encoded examples to the tensors of one forward pass."""
