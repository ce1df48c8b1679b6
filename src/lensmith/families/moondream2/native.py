"""Makes transformers know Moondream, by the names in released configs."""

from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoProcessor

from lensmith.families.moondream2.configuration import MoondreamConfig
from lensmith.families.moondream2.first import Moondream
from lensmith.families.moondream2.processing import MoondreamProcessor
from lensmith.families.moondream2.second import HfMoondream


def offer_moondream() -> None:
    """Config, models and processor are found by the Auto classes; the config's `architectures` chooses the model."""
    AutoConfig.register(MoondreamConfig.model_type, MoondreamConfig, exist_ok=True)
    for auto in (AutoModelForImageTextToText, AutoModelForCausalLM):
        auto.register(MoondreamConfig, (Moondream, HfMoondream), exist_ok=True)
    AutoProcessor.register(MoondreamConfig, MoondreamProcessor, exist_ok=True)
