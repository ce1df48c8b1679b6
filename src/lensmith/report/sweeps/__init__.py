"""A sweep as one HTML file: what was asked, which setting is best and how sure, and what each value does."""
