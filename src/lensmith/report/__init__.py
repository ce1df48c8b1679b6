"""A run, or several, as one self-contained page for people, from nothing but the run folders."""
