"""Recipes: their sections, how they are loaded, checked and written, and where every value came from."""
