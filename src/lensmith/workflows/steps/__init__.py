"""What the verbs' stories are made of: steps that several of them take, or that would make one too long to read."""
