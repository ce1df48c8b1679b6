"""LFM2-VL: pictures in tiles, a SigLIP 2 tower, and a language model of attention and short convolutions."""
