"""Each verb's story: what happens, in order, in one short file."""
