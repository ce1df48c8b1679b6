"""The lines that load a delivered model and ask it a question, for its card: they run as they stand."""

from typing import Any

from lensmith.bundled import bundled_models
from lensmith.config.sections import Recipe
from lensmith.families.contract import Family
from lensmith.families.opening import build_on_meta
from lensmith.families.placement import DTYPES
from lensmith.families.quantising import make_settings
from lensmith.types import Example, Turn

_TRANSFORMERS = "from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig"
_NATIVE = ["for offer in NATIVE.values():  # an architecture that lensmith has code for, and transformers has not"]


def loading_code(recipe: Recipe, family: Family, question: str, *, is_adapter: bool) -> str:
    """Python that answers `question` about `picture.jpg` with transformers and PEFT, as the run was asked.

    Args:
        recipe: of the run, resolved.
        family: opened on the base, with the prompt of the run.
        question: for example.
        is_adapter: True where the base is loaded beside an adapter.
    """
    own = _needs_lensmith(family)
    imports = ["from PIL import Image", _TRANSFORMERS]
    imports += ["from peft import PeftConfig, PeftModel"] if is_adapter else []
    imports += ["from lensmith.families import NATIVE"] if own else []
    bundled = is_adapter and recipe.model.name in bundled_models()
    imports += ["from lensmith.bundled import locate_model"] if bundled else []
    rounded = recipe.tune.quantise if is_adapter else "none"
    imports += ["from transformers import BitsAndBytesConfig"] if rounded != "none" else []
    lines = [*sorted(imports), ""]
    if own:
        lines += [*_NATIVE, "    offer()"]
    lines += ['FOLDER = "."  # this folder, or its name on a hub', ""]
    lines += ["processor = AutoProcessor.from_pretrained(FOLDER)"]
    whole = "model = AutoModelForImageTextToText.from_pretrained(FOLDER)"
    lines += _load_adapter(bundled, _quantise(family, recipe)) if is_adapter else [whole]
    lines += ["", *_ask(recipe, family, question)]
    return "\n".join(lines)


def _needs_lensmith(family: Family) -> bool:
    """True for an architecture that transformers has no code for."""
    return type(family.config).__module__.partition(".")[0] != "transformers"


def _quantise(family: Family, recipe: Recipe) -> dict[str, Any]:
    """The settings by which a base is rounded as it was in training; none where it was not."""
    if recipe.tune.quantise == "none":
        return {}
    dtype = DTYPES[recipe.train.precision if recipe.train.precision != "auto" else "fp32"]
    made = make_settings(build_on_meta(family.config), family.facts, recipe.tune.quantise, dtype)
    return {key: value for key, value in made.to_diff_dict().items() if key != "quant_method"}


def _load_adapter(bundled: bool, quantised: dict[str, Any]) -> list[str]:
    named = "locate_model(config.base_model_name_or_path)" if bundled else "config.base_model_name_or_path"
    rounded = [f"    {key}={value!r}," for key, value in quantised.items()]
    return [
        "config = PeftConfig.from_pretrained(FOLDER)",
        *(["rounded = BitsAndBytesConfig(", *rounded, ")"] if quantised else []),
        f"base = AutoModelForImageTextToText.from_pretrained({named}, revision=config.revision"
        + (", quantization_config=rounded)" if quantised else ")"),
        "model = PeftModel.from_pretrained(base, FOLDER)",
    ]


def _ask(recipe: Recipe, family: Family, question: str) -> list[str]:
    asked = recipe.prompt.template.replace("{question}", question)
    system = recipe.prompt.system
    if system and not family.chat.takes_system:
        asked, system = f"{system}\n{asked}", None
    written = "processor.apply_chat_template(messages, add_generation_prompt=True)"
    messages = [_say(asked, family), *([_say_first(system, family)] if system else [])]
    if family.asked_plainly:
        written, messages = repr(f"{family.image_token}{asked}"), []
    special = "" if family.asked_plainly or _takes_special_tokens(family) else ", add_special_tokens=False"
    limit = f"max_new_tokens={recipe.evaluate.max_new_tokens}"
    penalty = recipe.evaluate.repetition_penalty
    limit += f", repetition_penalty={penalty:g}" if penalty != 1.0 else ""
    return [
        'picture = Image.open("picture.jpg").convert("RGB")',
        *messages,
        f"text = {written}",
        f'inputs = processor(text=[text], images=[picture], return_tensors="pt"{special})',
        "greedy = GenerationConfig.from_pretrained(FOLDER)",
        f"ids = model.generate(**inputs, generation_config=greedy, {limit})",
        'print(processor.decode(ids[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True).strip())',
    ]


def _say(asked: str, family: Family) -> str:
    if family.chat.blocks:
        content = f'[{{"type": "image"}}, {{"type": "text", "text": {asked!r}}}]'
    else:
        content = repr(f"{family.image_token}\n{asked}")
    return f'messages = [{{"role": "user", "content": {content}}}]'


def _say_first(system: str, family: Family) -> str:
    content = f'[{{"type": "text", "text": {system!r}}}]' if family.chat.blocks else repr(system)
    return f'messages.insert(0, {{"role": "system", "content": {content}}})'


def _takes_special_tokens(family: Family) -> bool:
    """True where the tokenizer must add its own first token to the rendered text, as the seam does."""
    put = Turn(family.prompt.template.replace("{question}", "a"), ())
    text = family.chat.prompts([put], 0, family.prompt.system)[0]
    meant = family.encode(Example("card", (), (Turn("a", ()),), "card"), answered=False).ids_T.tolist()
    return bool(list(family.tokenizer(text)["input_ids"]) == meant)
