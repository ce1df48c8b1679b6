"""Turns every `auto` of a recipe into a value with a reason, once the model, data and machine are known."""

import os
from pathlib import Path

from lensmith.batching.encode import EncodedSet
from lensmith.config.origins import LoadedRecipe, settle
from lensmith.config.sections import TrainSection
from lensmith.families.contract import Family
from lensmith.families.placement import Placement
from lensmith.families.quantising import settle_backend
from lensmith.rundir import cache_folder
from lensmith.training.optimizers import check_optimizer
from lensmith.training.shards import check_sharding

# Peak rates. LoRA learns best at about ten times the rate of full tuning, nearly whatever its rank (LoRA Without
# Regret, 2025); 1e-4 is where vision-language recipes start and 1.5e-4 has collapsed a 1.6 B model.
LORA_RATE = 1e-4
FULL_RATE = 1e-5
MIN_NEW_TOKENS = 16
# Fewer pictures a step learn a little more slowly an epoch; more share less of a picture's computation.
PICTURES_A_STEP = 4
# Of the shares that were measured, the one with which least was forgotten and most learned: docs/keeping.md.
REPLAY_SHARE = 0.5


def settle_machine(loaded: LoadedRecipe, placement: Placement) -> LoadedRecipe:
    """Settles what needs neither data nor model: device, precision, learning rate, replay, workers.

    Raises:
        RecipeError: the optimiser, or what quantises, is not installed or does not work on the device.
    """
    recipe = loaded.recipe
    check_optimizer(recipe.train.optimizer, placement.device)
    check_sharding(recipe)
    if recipe.tune.quantise_backend == "auto":
        backend, reason = settle_backend(recipe.tune.quantise, placement.device)
        loaded = settle(loaded, "tune.quantise_backend", backend, reason)
    if recipe.train.precision == "auto":
        loaded = settle(loaded, "train.precision", placement.precision, placement.precision_reason)
    if recipe.model.device == "auto":
        loaded = settle(loaded, "model.device", str(placement.device), placement.device_reason)
    if recipe.train.learning_rate == "auto":
        full = recipe.tune.method == "full"
        rate = FULL_RATE if full else LORA_RATE
        reason = "full tuning moves every weight, so a tenth of LoRA's rate" if full else "the usual start for LoRA"
        loaded = settle(loaded, "train.learning_rate", rate, reason)
    if recipe.keep.replay == "auto":
        loaded = settle(
            loaded, "keep.replay", REPLAY_SHARE, "it kept and taught most where it was measured, on the lab"
        )
    if recipe.train.together == "auto":
        count, reason = spread_pictures(recipe.train)
        loaded = settle(loaded, "train.together", count, reason)
    if recipe.train.features == "auto":
        loaded = settle(loaded, "train.features", str(features_folder()), "the user's cache folder")
    if recipe.train.workers == "auto":
        cores = os.cpu_count() or 1
        count = min(8, cores - 1) if placement.device.type != "cpu" else min(2, cores - 1)
        reason = f"{cores} cores" + ("" if placement.device.type != "cpu" else ", which the model needs too")
        loaded = settle(loaded, "train.workers", count, reason)
    return loaded


def features_folder() -> Path:
    """Where vision features are kept unless the recipe says otherwise: the user's cache folder."""
    return cache_folder() / "features"


def spread_pictures(train: TrainSection) -> tuple[int, str]:
    """How many questions on one picture may follow each other, and why: a step should see several pictures."""
    if train.together != "auto":
        return train.together, "asked for"
    # of a step, so that 1 × 8, 8 × 1 and any number of processes meet the same order
    questions = train.batch_size * train.accumulate
    return max(
        1, questions // PICTURES_A_STEP
    ), f"at least {PICTURES_A_STEP} pictures in a step of {questions} questions"


def settle_length(loaded: LoadedRecipe, family: Family) -> LoadedRecipe:
    """Settles how long an example may be, from the model."""
    if loaded.recipe.train.max_length != "auto":
        return loaded
    limit, reason = find_length_limit(family)
    return settle(loaded, "train.max_length", limit, reason)


def settle_answers(loaded: LoadedRecipe, train: EncodedSet) -> LoadedRecipe:
    """Settles how long a generated answer may be, from the answers that training teaches."""
    if loaded.recipe.evaluate.max_new_tokens != "auto":
        return loaded
    longest = max((item.n_answer_tokens for item in train.encoded), default=0)
    reason = f"twice the longest training answer, {longest} tokens, and at least {MIN_NEW_TOKENS}"
    return settle(loaded, "evaluate.max_new_tokens", max(MIN_NEW_TOKENS, 2 * longest), reason)


def find_length_limit(family: Family) -> tuple[int, str]:
    """The longest sequence the model was made for, in tokens, and where that is written."""
    text = family.config.get_text_config()
    limits = {
        "the model's max_position_embeddings": getattr(text, "max_position_embeddings", None),
        "the tokenizer's model_max_length": family.tokenizer.model_max_length,
    }
    known = {reason: limit for reason, limit in limits.items() if isinstance(limit, int) and 0 < limit < 10**9}
    if not known:
        return 2048, "neither the model nor its tokenizer states a limit"
    reason = min(known, key=lambda name: known[name])
    return known[reason], reason
