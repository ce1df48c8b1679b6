"""What a run delivers is plain: transformers and PEFT load it, know nothing of us, and compute the same numbers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from small_runs import make_examples, make_module, make_recipe
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.config.sections import PromptSection
from lensmith.data.images import decode
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.opening import open_family
from lensmith.families.tuned import read_prompt
from lensmith.lab.models import Variant, build_llava
from lensmith.training.deliver import deliver, merge_adapter, save_processing, set_stop_rule, write_model
from lensmith.training.module import SupervisedModule

LORAS: dict[str, dict[str, Any]] = {
    "attention": {},
    "everything": {"targets": "all", "components": ["vision", "projector", "language"]},
    "rslora": {"rslora": True, "r": 4, "targets": "mlp"},
    "dora": {"dora": True, "r": 4},
}


def stir(module: torch.nn.Module) -> None:
    """Gives every trained weight a value that training could have given it, adapters' zeros included."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for value in module.parameters():
            if value.requires_grad:
                value.add_(0.05 * torch.randn(value.shape, generator=generator))


def make_inputs(processor: Any, family: Any) -> dict[str, torch.Tensor]:
    """A question as the delivered processor alone puts it."""
    example = make_examples(2)[1]
    (picture,) = (decode(image) for image in example.images)
    if family.chat.blocks:
        content: Any = [{"type": "image"}, {"type": "text", "text": example.question}]
    else:
        content = f"{family.image_token}\n{example.question}"
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    made = dict(processor(text=[text], images=[picture], return_tensors="pt", add_special_tokens=bool(family._bos)))
    assert made["input_ids"][0].tolist() == family.encode(example, answered=False).ids_T.tolist()
    return made


def logits(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    with torch.no_grad():
        return torch.as_tensor(model.eval()(**inputs).logits)


def tuned(folder: Path, tune: dict[str, Any]) -> tuple[SupervisedModule, Any]:
    recipe = make_recipe(folder, tune)
    module = make_module(recipe)
    stir(module)
    return module.eval(), recipe


@pytest.mark.parametrize("lora", LORAS.values(), ids=LORAS.keys())
@pytest.mark.parametrize("which", ["llava", "old_llava"])
def test_adapter_is_plain_peft(which: str, lora: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(which)
    module, recipe = tuned(folder, {"lora": lora})
    delivered = deliver(module.model, module.family, recipe.model, tmp_path)
    assert delivered == tmp_path / "adapter"
    inputs = make_inputs(AutoProcessor.from_pretrained(delivered), module.family)
    plain = AutoModelForImageTextToText.from_pretrained(folder)
    before = logits(plain, inputs)
    loaded = PeftModel.from_pretrained(plain, delivered)
    expected = logits(module.bare, inputs)
    torch.testing.assert_close(logits(loaded, inputs), expected, rtol=1e-5, atol=1e-5)
    assert (expected - before).abs().max() > 1e-2, "an adapter that does nothing would prove nothing"


@pytest.mark.parametrize("lora", LORAS.values(), ids=LORAS.keys())
@pytest.mark.parametrize("which", ["llava", "old_llava"])
def test_merged_is_unmerged(which: str, lora: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    module, _ = tuned(request.getfixturevalue(which), {"lora": lora})
    family = module.family
    save_processing(family, tmp_path / "processing")
    inputs = make_inputs(AutoProcessor.from_pretrained(tmp_path / "processing"), family)
    expected = logits(module.bare, inputs)
    names = {name for name, _ in make_module(make_recipe(request.getfixturevalue(which))).bare.named_modules()}
    merged = merge_adapter(module.model)
    assert not any("lora" in name for name, _ in merged.named_modules())
    assert {name for name, _ in merged.named_modules()} <= names
    set_stop_rule(merged, family)
    write_model(merged, family, tmp_path / "merged")
    loaded = AutoModelForImageTextToText.from_pretrained(tmp_path / "merged")
    inputs = make_inputs(AutoProcessor.from_pretrained(tmp_path / "merged"), family)
    torch.testing.assert_close(logits(loaded, inputs), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("which", ["llava", "old_llava"])
def test_full_model_loads_by_itself_mended(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(which)
    module, recipe = tuned(folder, {"method": "full", "freeze": []})
    delivered = deliver(module.model, module.family, recipe.model, tmp_path)
    assert delivered == tmp_path / "model"
    inputs = make_inputs(AutoProcessor.from_pretrained(delivered), module.family)
    model, report = AutoModelForImageTextToText.from_pretrained(delivered, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    torch.testing.assert_close(logits(model, inputs), logits(module.bare, inputs), rtol=1e-5, atol=1e-5)
    assert load_file(delivered / "model.safetensors").keys() == load_file(folder / "model.safetensors").keys()
    assert set(module.family.stop_ids) == set(model.generation_config.eos_token_id)
    again = open_family(recipe.model.model_copy(update={"name": str(delivered)}), PromptSection())
    assert again.notes == [], "nothing is left to mend"
    example = make_examples(1)[0]
    assert again.encode(example).ids_T.tolist() == module.family.encode(example).ids_T.tolist()


def test_delivered_model_answers_as_it_did(llava: Path, tmp_path: Path) -> None:
    module, recipe = tuned(llava, {"method": "full", "freeze": []})
    settings, examples = DecodeSettings(2, 8), make_examples(3)
    expected = [item for batch in answer_questions(module.bare, module.family, examples, settings) for item in batch]
    delivered = deliver(module.model, module.family, recipe.model, tmp_path)
    model = AutoModelForImageTextToText.from_pretrained(delivered).eval()
    family = open_family(recipe.model.model_copy(update={"name": str(delivered)}), PromptSection())
    assert [item for batch in answer_questions(model, family, examples, settings) for item in batch] == expected


def test_nothing_of_ours_is_needed_to_load_it(llava: Path, tmp_path: Path) -> None:
    """Another process, in which importing lensmith is an error, loads both kinds and computes the same logits."""
    saved: dict[str, torch.Tensor] = {}
    for tune, name in (({"lora": LORAS["everything"]}, "adapter"), ({"method": "full"}, "model")):
        module, recipe = tuned(llava, tune)
        deliver(module.model, module.family, recipe.model, tmp_path)
        inputs = make_inputs(module.family.processor, module.family)
        saved[name] = logits(module.bare, inputs)
    torch.save({"inputs": inputs, **saved}, tmp_path / "expected.pt")
    script = f"""
import sys
sys.modules["lensmith"] = None
import torch
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor
torch.set_num_threads(1)
expected = torch.load("expected.pt")
AutoProcessor.from_pretrained("model")
AutoProcessor.from_pretrained("adapter")
full = AutoModelForImageTextToText.from_pretrained("model")
adapted = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained({str(llava)!r}), "adapter")
for model, name in ((full, "model"), (adapted, "adapter")):
    with torch.no_grad():
        made = model.eval()(**expected["inputs"]).logits
    torch.testing.assert_close(made, expected[name], rtol=1e-5, atol=1e-5)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_adapter_names_its_base_and_revision(llava: Path, tmp_path: Path) -> None:
    module, recipe = tuned(llava, {"lora": {"r": 3}})
    section = recipe.model.model_copy(update={"revision": "abc123"})
    delivered = deliver(module.model, module.family, section, tmp_path)
    config = json.loads((delivered / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["base_model_name_or_path"], config["revision"], config["r"]) == (str(llava), "abc123", 3)
    assert sum(path.stat().st_size for path in delivered.glob("*.safetensors")) < 100_000, "the base is not in it"


def test_prompt_of_the_recipe_goes_along(llava: Path, tmp_path: Path) -> None:
    recipe = make_recipe(llava)
    mine = (llava / "chat_template.jinja").read_text(encoding="utf-8").replace("<start_of_turn>", "<start_of_turn>моё ")
    (tmp_path / "mine.jinja").write_text(mine, encoding="utf-8")
    chat: dict[str, Any] = {"chat_template": str(tmp_path / "mine.jinja")}
    prompt = PromptSection(template="{question} Ответь одним словом.", system="Смотри внимательно.", **chat)
    family = open_family(recipe.model, prompt)
    module = make_module(recipe)
    delivered = deliver(module.model, family, recipe.model, tmp_path)
    assert AutoProcessor.from_pretrained(delivered).chat_template == mine
    (tmp_path / "mine.jinja").unlink()
    found = read_prompt(delivered)
    assert found is not None
    assert (found.template, found.system) == (prompt.template, prompt.system)
    again = open_family(recipe.model, found)
    example = make_examples(1)[0]
    assert again.encode(example).ids_T.tolist() == family.encode(example).ids_T.tolist()


def test_delivering_again_replaces_what_is_there(llava: Path, tmp_path: Path) -> None:
    module, recipe = tuned(llava, {})
    first = deliver(module.model, module.family, recipe.model, tmp_path)
    (first / "stale.txt").write_text("from before")
    (tmp_path / ".adapter.draft").mkdir()
    (tmp_path / ".adapter.draft" / "half").write_text("a kill left this")
    stir(module)
    second = deliver(module.model, module.family, recipe.model, tmp_path)
    assert not (second / "stale.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]


@pytest.mark.parametrize(
    "published", [{"do_sample": False, "temperature": 0.9, "top_p": 0.6}, {"do_sample": True, "temperature": 0.1}]
)
def test_odd_generation_settings_of_the_base_do_not_stop_a_delivery(tmp_path: Path, published: dict[str, Any]) -> None:
    """LLaVA-1.5 publishes a temperature beside do_sample: false; transformers loads that and refuses to save it."""
    folder = build_llava(tmp_path / "odd", seed=7, size="test", variant=Variant("llama", "clip"))
    (folder / "generation_config.json").write_text(json.dumps(published | {"eos_token_id": 1}))
    module, recipe = tuned(folder, {"method": "full"})
    delivered = deliver(module.model, module.family, recipe.model, tmp_path)
    stops = json.loads((delivered / "generation_config.json").read_text())["eos_token_id"]
    assert list(module.family.stop_ids) == stops
