"""From a user's files to checked examples: sources (one file a format), pictures, splits, and what was found wrong."""
