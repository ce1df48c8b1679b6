"""Which architectures llama.cpp's own converter takes, by the names in a config.json.

Read from the two tables, of text models and of projectors, in `conversion/__init__.py` of ggml-org/llama.cpp as of
commit 00bdaa1. A checkout of the user's may be older.
"""

CONVERTED: dict[str, str | None] = {
    "Gemma3ForConditionalGeneration": None,
    "Idefics3ForConditionalGeneration": "LlamaForCausalLM",
    "Lfm2VlForConditionalGeneration": "Lfm2ForCausalLM",
    "Qwen2VLForConditionalGeneration": None,
    "Qwen2_5_VLForConditionalGeneration": None,
    "Qwen3VLForConditionalGeneration": None,
    "SmolVLMForConditionalGeneration": "LlamaForCausalLM",
}
"""Those of which it takes both the language model and the vision part; and what the config must call the language
model by itself (`text_config.architectures`), where the name of the whole is not enough."""

_REASONS = {
    "LlavaForConditionalGeneration": "of LLaVA it takes those with a Pixtral tower only; for CLIP towers llama.cpp "
    "keeps older scripts in tools/mtmd/legacy-models",
    "Moondream": "it does not know Moondream: the published GGUF files came from the model's author",
    "HfMoondream": "it does not know Moondream: the published GGUF files came from the model's author",
}


def why_not_converted(architecture: str) -> str | None:
    """Why llama.cpp's converter does not take this architecture; None where it does.

    >>> why_not_converted("Qwen2VLForConditionalGeneration") is None
    True
    >>> why_not_converted("PaliGemmaForConditionalGeneration")
    'it does not know PaliGemmaForConditionalGeneration'
    """
    if architecture in CONVERTED:
        return None
    return _REASONS.get(architecture, f"it does not know {architecture}")
