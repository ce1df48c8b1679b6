"""lensmith's `answer_questions`, as its users run it: greedy, a picture read once for all its questions.

With `--features kept` the frozen tower's features are in their store before the clock starts.
"""

import clock
import workload


def main() -> None:
    from lensmith.config.loading import load_recipe
    from lensmith.data.dataset import load_sources
    from lensmith.evaluation.decode import DecodeSettings, answer_questions
    from lensmith.families.opening import load_model, open_family
    from lensmith.families.placement import choose_placement
    from lensmith.training.seeing import keep_features
    from lensmith.training.settle import settle_machine

    arguments = clock.read_arguments(__doc__, features=["off", "kept"])
    path = workload.make(arguments.folder, arguments.questions)
    features = "off" if arguments.features == "off" else str(arguments.folder / "features")
    base = {
        "model": {"name": str(arguments.folder / "model"), "device": "cpu"},
        "data": {"train": [{"path": str(path)}]},
        "train": {"features": features, "workers": 0},
    }
    placement = choose_placement("cpu", "fp32", full=False)
    recipe = settle_machine(load_recipe(None, base=base), placement).recipe
    family = open_family(recipe.model, recipe.prompt)
    examples = load_sources(recipe.data.train)[0]
    model = load_model(family, recipe.model, device=placement.device, dtype=placement.weights_dtype)
    kept = keep_features(model, family, recipe, placement, [image for each in examples for image in each.images])
    timer = clock.Clock(arguments.seconds, workload.BATCH)
    answers: list[str] = []
    settings = DecodeSettings(workload.BATCH, workload.NEW_TOKENS)
    for batch in answer_questions(model, family, examples, settings, kept):
        answers += [prediction.prediction for prediction in batch]
        if timer.tick(len(batch)):
            break
    timer.report(answers=answers)


if __name__ == "__main__":
    main()
