"""From charts and their questions to a folder as ChartLlama's is laid out."""

from functools import partial
from itertools import groupby
from json import dumps
from pathlib import Path
from random import Random

from lensmith.lab.worlds.charts.chart import plan_chart
from lensmith.lab.worlds.charts.painting import paint_chart
from lensmith.lab.worlds.charts.questions import ask_about
from lensmith.lab.worlds.charts.words import TYPES
from lensmith.lab.worlds.folder import WorldFolder, WorldTally, open_whole
from lensmith.lab.worlds.scenes import Drawn, Scene, draw_parts, halves

SENTENCES_CHARTS = 2000


def make_charts(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Charts of eleven types, read in English: type, title, counts, extremes, values, trends; ChartLlama's layout.

    Raises:
        DataError: `pictures` is below 1.
    """
    parts = halves(out, pictures, *(partial(draw_scene, kind=kind) for kind in TYPES))
    for kind in TYPES:
        (out / "ours" / f"{kind}_chart" / "png").mkdir(parents=True, exist_ok=True)
    tally = WorldTally()
    for part, scenes in groupby(draw_parts(parts, seed=seed, workers=workers), key=lambda drawn: drawn.part):
        with open_whole(out / f"{part}.json") as stream:
            between = "[\n"
            for drawn in map(tally.see, scenes):
                image = f"ours/{drawn.rows[0]['chart']}_chart/png/{drawn.rows[0]['chart']}_chart_{drawn.name}.png"
                (out / image).write_bytes(drawn.png)
                for record in _records(drawn, image):
                    stream.write(between + dumps(record, ensure_ascii=False))
                    between = ",\n"
            stream.write("\n]\n")
    return tally.folder(out, {part.name: f"{part.name}.json" for part in parts})


def draw_scene(random: Random, kind: str) -> Scene:
    """One chart of a type in `words.TYPES`, and what is asked about it."""
    chart = plan_chart(random, kind)
    rows = tuple({**row, "language": "en", "chart": kind} for row in ask_about(chart, random))
    return Scene(paint_chart(chart, random), rows)


def sentences() -> list[str]:
    """Questions and answers about so many charts that every word of this world is among them."""
    asked = []
    for number in range(SENTENCES_CHARTS):
        random = Random(number)
        rows = ask_about(plan_chart(random, random.choice(list(TYPES))), random)
        asked += [text for row in rows for text in (row["question"], row["answer"])]
    return sorted(set(asked))


def _records(drawn: Drawn, image: str) -> list[dict[str, object]]:
    """A record for each question, as ChartLlama has them, with this world's keys behind."""
    return [
        {
            "id": f"ours_simplified_qa_{drawn.name}_{at}",
            "image": image,
            "model": "",
            "conversations": [
                {"from": "human", "value": f"<image>\n{row['question']}"},
                {"from": "gpt", "value": row["answer"]},
            ],
            **{key: value for key, value in row.items() if key not in ("question", "answer")},
        }
        for at, row in enumerate(drawn.rows)
    ]
