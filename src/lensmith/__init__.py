"""lensmith: fine-tune small vision-language models on your own pictures and questions, and know what changed."""

from importlib.metadata import version

__version__ = version("lensmith")
