"""Several runs as one HTML file: the parts of a run's page side by side."""
