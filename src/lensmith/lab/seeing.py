"""How a lab base's vision tower learns to see, before there is any question: what each part of a picture shows.

A head, thrown away afterwards, reads from what the projector hands to the language model, part by part, all that
`lensmith.lab.worlds.everyday.marks` can say: names, colours, grounds, patterns, hats, letters. The language model takes
no part, so that a picture costs a quarter of what it does in words, and every part teaches. As published models are
made, too: their towers could see before they were given a language.
"""

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PrinterCallback, ProgressCallback, Trainer, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.console import say
from lensmith.families.contract import Family
from lensmith.families.opening import load_model, open_family
from lensmith.lab.worlds.everyday.marks import KINDS, LONGEST_TEXT, load_view, mirror
from lensmith.lab.worlds.everyday.marks import read_parts as read_places
from lensmith.lab.worlds.everyday.paint import View
from lensmith.rundir import read_json, read_jsonl_prefix, write_json
from lensmith.training.callbacks import MetricsLog, Progress
from lensmith.training.muon import make_muon

# What a kind's loss counts for, where that is not OTHERS_WEIGHT; four letters count as one kind. After one epoch a
# Moondream2's tower named 37 % of things so, and 16 % where all other kinds, each letter too, counted 0.25.
WEIGHTS = {"name": 1.0, "colour": 1.0} | {f"letter {at + 1}": 0.025 for at in range(LONGEST_TEXT)}
OTHERS_WEIGHT = 0.1
NOT_ASKED = -100
HELD_OUT = 0.02
PICTURES_A_STEP = 32
LEARNING_RATE = 8e-3  # Muon's; 3e-3 learned less in the same steps, more was not tried
WEIGHT_DECAY = 0.05
READERS = 4


@dataclass(frozen=True, slots=True)
class Course:
    """How long and in which way a tower learns.

    Attributes:
        epochs: over the pictures and their mirror images.
        seed: of the head and the order.
        precision: fp32 or bf16.
    """

    epochs: float
    seed: int
    precision: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Pictures, and what each of their parts shows.

    Attributes:
        family: made the pixels, and joins them.
        pixels: what the family's `pixels` makes of each alone, a picture a row, and after each its mirror image; floats
            as bytes (see `_to_bytes`).
        keys: places in each kind's keys, or `NOT_ASKED`: pictures × kinds × parts.
    """

    family: Family
    pixels: Mapping[str, Tensor]
    keys: Tensor

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, at: int) -> int:
        return at

    def collate(self, places: Sequence[int]) -> dict[str, Tensor]:
        """These pictures as the model takes them."""
        alone = [{name: _to_floats(values[at : at + 1]) for name, values in self.pixels.items()} for at in places]
        return {**self.family.join_pixels(alone), "keys": self.keys[list(places)]}

    def divided(self, share: float) -> tuple["Parts", "Parts"]:
        """The first of them, and the last `share`; a picture and its mirror image stay together."""
        pairs = len(self) // 2
        cut = 2 * (pairs - max(1, round(share * pairs)))
        first, last = (
            replace(self, pixels={name: values[part] for name, values in self.pixels.items()}, keys=self.keys[part])
            for part in (slice(cut), slice(cut, None))
        )
        return first, last


class Seer(nn.Module):
    """A model's tower and projector under a head that names what each part shows.

    Args:
        model: as transformers built it; its tower and projector are changed in place.
        family: how it is run.
    """

    accepts_loss_kwargs = False

    def __init__(self, model: nn.Module, family: Family) -> None:
        super().__init__()
        there = dict(model.named_modules())  # a family may name modules of several generations
        modules = family.facts.modules
        self.eyes = nn.ModuleList(there[name] for name in (*modules["vision"], *modules["projector"]) if name in there)
        self.head = nn.Linear(
            int(family.config.get_text_config().hidden_size), sum(len(kind.keys) for kind in KINDS.values())
        )
        self._whole = [model]  # in a list: what takes no part is neither trained nor kept
        self.family = family

    def forward(self, keys: Tensor, **pixels: Tensor) -> dict[str, Tensor]:
        """The cross-entropy, mean over the parts asked about, weighted over kinds, in nats; and the likeliest keys."""
        model = self._whole[0]
        features_UTD = self.family.features(model, pixels)
        parted = self.head(features_UTD).float().split([len(kind.keys) for kind in KINDS.values()], dim=-1)
        losses = []
        for at, (name, logits_UTK) in enumerate(zip(KINDS, parted, strict=True)):
            asked = (keys[:, at] != NOT_ASKED).sum().clamp(min=1)
            total = nn.functional.cross_entropy(
                logits_UTK.flatten(0, 1), keys[:, at].flatten(), ignore_index=NOT_ASKED, reduction="sum"
            )
            losses.append(total / asked * WEIGHTS.get(name, OTHERS_WEIGHT))
        return {"loss": torch.stack(losses).sum(), "keys": torch.stack([each.argmax(-1) for each in parted], dim=1)}


class SeerTrainer(Trainer):  # type: ignore[misc]
    """transformers' own, with Muon."""

    optimizer: Any

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Muon for tower and projector."""
        if self.optimizer is None:
            decayed = self.get_decay_parameter_names(self.model)
            rate, decay = self.args.learning_rate, self.args.weight_decay
            vocabulary = int(self.model.family.config.get_text_config().vocab_size)
            self.optimizer = make_muon(self.model, decayed, vocabulary=vocabulary, lr=rate, weight_decay=decay)
        made: torch.optim.Optimizer = self.optimizer
        return made


def learn_to_see(base: Path, maps: Path, out: Path, course: Course) -> Path:
    """Trains a base's tower and projector, or goes on training them, and returns the folder `out/model`.

    Args:
        base: a model's folder; it stays as it is.
        maps: a folder of the world `everyday-maps`.
        out: for checkpoints, metrics.jsonl, seen.json (shares of held-out parts named rightly, 0–1) and model/.
        course: how long, and how.
    """
    seeing = out / "model"
    if (out / "seen.json").exists():
        return seeing
    section = ModelSection(name=str(base), device="cpu")
    family = open_family(section, PromptSection())
    model = load_model(family, section, device=torch.device("cpu"), dtype=torch.float32)
    train, held_out = read_parts(maps, family).divided(HELD_OUT)
    set_seed(course.seed)
    trainer = make_trainer(Seer(model, family), train, out, course)
    begun = get_last_checkpoint(str(out)) if out.is_dir() else None
    log = MetricsLog(out / "metrics.jsonl")
    log.rewind(int(begun.rpartition("-")[2]) if begun else None)
    trainer.add_callback(log)
    if begun and _is_last(Path(begun)):  # the Trainer would take one more step
        trainer.model.load_state_dict(load_file(Path(begun) / "model.safetensors"))
    else:
        trainer.train(resume_from_checkpoint=begun)
    shutil.copytree(base, seeing, dirs_exist_ok=True)
    save: Any = model
    save.save_pretrained(seeing)
    seen = measure(trainer.model.eval(), held_out)
    say("  " + " · ".join(f"{name} {100 * value:.1f} %" for name, value in seen.items()))
    write_json(out / "seen.json", seen)  # last: what it says of is there
    return seeing


def _is_last(checkpoint: Path) -> bool:
    state = read_json(checkpoint / "trainer_state.json")
    return bool(state["global_step"] >= state["max_steps"])


def make_trainer(seer: Seer, train: Parts, out: Path, course: Course) -> SeerTrainer:
    """The trainer, ready to begin or to go on."""
    arguments = TrainingArguments(
        output_dir=str(out),
        num_train_epochs=course.epochs,
        per_device_train_batch_size=PICTURES_A_STEP,
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="cosine",
        warmup_steps=0.05,
        weight_decay=WEIGHT_DECAY,
        bf16=course.precision == "bf16",
        use_cpu=True,
        seed=course.seed,
        logging_steps=50,
        save_strategy="epoch",
        save_total_limit=1,
        remove_unused_columns=False,
        label_names=["keys"],
        disable_tqdm=True,
        report_to="none",
    )
    trainer = SeerTrainer(seer, arguments, train.collate, train, callbacks=[Progress()])
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    return trainer


def read_parts(maps: Path, family: Family) -> Parts:
    """All pictures of a world of maps, decoded once, each followed by itself in a mirror.

    Args:
        maps: its folder.
        family: makes the pixels.
    """
    views = {
        row["image_path"]: load_view(row["view"])
        for row in read_jsonl_prefix(maps / "train.jsonl")
        if row["kind"] == "map"
    }
    keys_PKN = torch.stack([read_keys(each) for view in views.values() for each in (view, mirror(view))])

    def read(name: str) -> dict[str, Tensor]:
        with Image.open(maps / name) as opened:
            picture = opened.convert("RGB")
        each = [family.pixels([way]) for way in (picture, ImageOps.mirror(picture))]
        return {key: _to_bytes(torch.cat([made[key] for made in each])) for key in each[0]}

    say(f"  reading {len(views)} pictures")
    with ThreadPoolExecutor(READERS) as pool:
        read_first = read(next(iter(views)))
        pixels = {key: values.new_empty((2 * len(views), *values.shape[1:])) for key, values in read_first.items()}
        for at, both in enumerate(pool.map(read, views)):
            for key, values in both.items():
                pixels[key][2 * at : 2 * at + 2] = values
    return Parts(family, pixels, keys_PKN)


def read_keys(view: View) -> Tensor:
    """The places of what a picture shows in each kind's keys, `NOT_ASKED` where it says nothing: kinds × parts."""
    told = [*view.things, None]
    keys = [[_place(kind.keys, kind.read(thing, view)) for thing in told] for kind in KINDS.values()]
    of = {id(thing): at for at, thing in enumerate(told)}
    return torch.tensor(keys)[:, [of[id(thing)] for thing in read_places(view)]]


def _place(keys: Sequence[str], key: str | None) -> int:
    return NOT_ASKED if key is None else keys.index(key)


@torch.no_grad()
def measure(seer: nn.Module, parts: Parts) -> dict[str, float]:
    """Shares of parts that are told rightly, 0–1, by kind that was asked, and of the ground as no thing."""
    found = torch.cat(
        [
            seer(**parts.collate(range(at, min(at + PICTURES_A_STEP, len(parts)))))["keys"]
            for at in range(0, len(parts), PICTURES_A_STEP)
        ]
    )
    right, asked = found == parts.keys, parts.keys != NOT_ASKED
    seen = {}
    for at, (name, kind) in enumerate(KINDS.items()):
        told = asked[:, at] & (parts.keys[:, at] != kind.keys.index("")) if "" in kind.keys else asked[:, at]
        if told.any():
            seen[name] = float(right[:, at][told].float().mean())
    ground = parts.keys[:, 0] == 0
    return seen | {"nothing": float(right[:, 0][ground].float().mean())}


def _to_bytes(values: Tensor) -> Tensor:
    """Pixels between -1 and 1, made of bytes, as those bytes; all else as it is."""
    return ((values + 1) * 127.5).round().to(torch.uint8) if values.is_floating_point() else values


def _to_floats(values: Tensor) -> Tensor:
    return values / 127.5 - 1 if values.dtype == torch.uint8 else values
