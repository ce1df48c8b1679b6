"""Four cartoon characters to teach, three to keep, seven figures that are none: drawn, named and asked about."""
