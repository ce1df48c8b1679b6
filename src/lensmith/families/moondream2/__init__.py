"""Moondream2 of both generations, in code of our own: transformers has none, and the authors' needs transformers 4.

Modules bear the names of the released tensors, so that released weights load as they are and are saved as they came.
"""
