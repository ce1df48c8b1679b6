"""Drawn scenes asked about in Russian, laid out on disk like deepvk/GQA-ru."""
