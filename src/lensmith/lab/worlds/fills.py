"""The simplest world that needs eyes: what colour fills the picture? Learned from scratch in seconds."""

from pathlib import Path
from random import Random

from PIL import Image

from lensmith.lab.worlds.drawing import HUES, jitter
from lensmith.lab.worlds.folder import Row, Scene, WorldFolder, write_world
from lensmith.lab.worlds.words import LANGUAGES, ask_fill, colour_name

PICTURE_PX = 32
COLOURS = ("red", "yellow", "green", "blue")


def make_fills(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Writes pictures of 32×32 pixels in one colour each, and asks for it in English and in Russian.

    Rows have `image_path`, `question`, `answer`, `kind` ("fill"), `language` and `colour` (the English name).

    Raises:
        DataError: `pictures` is below 1.
    """
    return write_world(out, draw_fill, pictures=pictures, seed=seed, workers=workers)


def draw_fill(random: Random) -> Scene:
    """One plain picture and its question in each language."""
    colour = random.choice(COLOURS)
    picture = Image.new("RGB", (PICTURE_PX, PICTURE_PX), jitter(HUES[colour], random, 24))
    rows: list[Row] = [
        {
            "question": ask_fill(language),
            "answer": colour_name(colour, language),
            "kind": "fill",
            "language": language,
            "colour": colour,
        }
        for language in LANGUAGES
    ]
    return Scene(picture, tuple(rows))


def sentences() -> list[str]:
    """Every question and every answer that this world has."""
    names = [colour_name(colour, language) for colour in COLOURS for language in LANGUAGES]
    return [ask_fill(language) for language in LANGUAGES] + names
