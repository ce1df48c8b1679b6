"""What a model answered, and how good that is: predictions, metrics, statistics, comparisons."""
