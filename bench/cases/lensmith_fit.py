"""lensmith as its users run it: pictures and questions read from files, encoded, and trained by `fit`.

One picture a forward pass with all its questions, and so many of them as make a step of about 8 questions: the
gradient is that of one batch of them. `--pictures` puts them into one pass, or eight pictures. With `--features kept`
the frozen tower's features are in their store before the clock starts, as in every epoch but the first. Validation and
the answers before and after are left out.
"""

import tempfile
from pathlib import Path

import clock
import workload


def main() -> None:
    from lensmith.batching.encode import encode_examples
    from lensmith.config.loading import load_recipe
    from lensmith.data.dataset import load_sources
    from lensmith.families.opening import load_model, open_family
    from lensmith.families.placement import choose_placement
    from lensmith.rundir import RunDir
    from lensmith.training.adapters import apply_tuning
    from lensmith.training.fit import Course, fit
    from lensmith.training.module import SupervisedModule
    from lensmith.training.seeing import keep_features
    from lensmith.training.settle import settle_machine

    arguments = clock.read_arguments(
        __doc__,
        **clock.SETUP,
        features=["off", "kept"],
        pictures=["one", "step", "eight"],
        attention=["sdpa", "flex"],
    )
    setup = workload.read_setup(arguments)
    path = workload.make(arguments.folder, arguments.questions, setup)
    pictures, passes = workload.plan_step(arguments.pictures, arguments.questions)
    train = {
        "epochs": 1000.0,
        "batch_size": pictures * arguments.questions,
        "accumulate": passes,
        "together": arguments.questions,
        "workers": setup.workers,  # as its rivals have it
        "features": "off" if arguments.features == "off" else str(arguments.folder / "features"),
    }
    lora = {"r": workload.RANK, "alpha": float(workload.ALPHA)}
    base = {
        "model": {
            "name": str(arguments.folder / "model"),
            "device": setup.device,
            "attention": arguments.attention,
        },
        "data": {"train": [{"path": str(path)}]},
        "tune": {"lora": lora},
        "train": train,
    }
    with tempfile.TemporaryDirectory() as folder:
        placement = choose_placement(setup.device, setup.precision, full=False)
        recipe = settle_machine(load_recipe(None, base=base), placement).recipe
        family = open_family(recipe.model, recipe.prompt)
        items = encode_examples(family, load_sources(recipe.data.train)[0], None).encoded
        model = load_model(family, recipe.model, device=placement.device, dtype=placement.weights_dtype)
        kept = keep_features(model, family, recipe, placement, [image for item in items for image in item.images])
        module = SupervisedModule(apply_tuning(model, family.facts, recipe.tune, recipe.run.seed), family)
        timer = clock.Clock(arguments.seconds, pictures * passes * arguments.questions, setup.device)
        fit(module, recipe, placement, RunDir(Path(folder)), Course(items, dict, [timer], kept))
    timer.report()


if __name__ == "__main__":
    main()
