"""The broad world that the lab's base models are pretrained on: many things on many grounds, much asked of each."""
