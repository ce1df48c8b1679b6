"""Coloured shapes on soft grounds: which colour, which shape, which side, is it there? In English and Russian."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from PIL import Image

from lensmith.lab.worlds import words
from lensmith.lab.worlds.drawing import HUES, OVERSAMPLING, draw_ground, draw_shape, jitter, outlines
from lensmith.lab.worlds.folder import Row, Scene, WorldFolder, write_world

PICTURE_PX = 48
TWO_THINGS = 0.3


@dataclass(frozen=True, slots=True)
class Thing:
    """One drawn object, by its English names."""

    shape: str
    colour: str
    side: str


def make_shapes(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Writes pictures of 48×48 pixels with one or two things each, and asks about them, half in each language.

    No answer can be had from the question alone: colours, shapes and sides are drawn evenly; of the questions
    whether something is there, half are about a thing that is there; of the questions how many there are, half
    are about two. Two things differ in shape and in colour and stand on different sides.

    Rows have `image_path`, `question`, `answer`, and to slice by: `kind` ("colour", "shape", "side" where there
    is one thing; "presence", "count"), `language` ("en", "ru"), `shape` and `colour` (what the question is
    about, in English, also where it is not there; "" for a count), `things` (1 or 2) and `scene`, all that is
    drawn, as "red circle left; blue star right".

    Raises:
        DataError: `pictures` is below 1.
    """
    return write_world(out, draw_shapes, pictures=pictures, seed=seed, workers=workers)


def draw_shapes(random: Random) -> Scene:
    """One picture of one or two things and the questions about it."""
    count = 2 if random.random() < TWO_THINGS else 1
    shapes = random.sample(list(words.SHAPES), count)
    colours = random.sample(list(words.COLOURS), count)
    sides = random.sample(list(words.SIDES), count)
    things = [Thing(*parts) for parts in zip(shapes, colours, sides, strict=True)]
    return Scene(_paint(things, random), tuple(_ask(things, random)))


def sentences() -> list[str]:
    """Every question and every answer that this world has."""
    found: list[str] = []
    for language in words.LANGUAGES:
        found += [words.ask_colour(shape, language) for shape in words.SHAPES]
        found += [words.ask_shape(colour, language) for colour in words.COLOURS]
        found += [words.ask_side(shape, language) for shape in words.SHAPES]
        found += [words.shape_name(shape, language) for shape in words.SHAPES]
        for colour, shape in product(words.COLOURS, words.SHAPES):
            found += [words.ask_presence(colour, shape, language), words.colour_name(colour, language, shape)]
        found += [names[language] for names in (*words.SIDES.values(), *words.YES_NO.values(), *words.COUNTS.values())]
        found.append(words.ask_count(language))
    return found


def _paint(things: list[Thing], random: Random) -> Image.Image:
    """The picture of the things: places, sizes, turns and tones vary; a thing that is alone is larger."""
    size_px = PICTURE_PX * OVERSAMPLING
    picture = draw_ground(random, size_px)
    for thing in things:
        reach = random.uniform(0.24, 0.30) if len(things) == 1 else random.uniform(0.18, 0.22)
        across = random.uniform(reach + 0.02, 0.34)
        if thing.side == "right":
            across = 1 - across
        centre = (size_px * across, size_px * random.uniform(reach + 0.02, 0.98 - reach))
        edges = outlines(thing.shape, centre, size_px * reach, random.uniform(-0.25, 0.25))
        picture = draw_shape(picture, edges, jitter(HUES[thing.colour], random, 16))
    return picture.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)


def _ask(things: list[Thing], random: Random) -> list[Row]:
    """The questions about one picture, each in a language drawn by lot."""
    alone = len(things) == 1
    # A count is asked of so many lone things that both counts are asked equally often.
    count = not alone or random.random() < TWO_THINGS / (1 - TWO_THINGS)
    kinds = [*(("colour", "shape", "side") if alone else ()), "presence", *(("count",) if count else ())]
    return [_row(kind, things, random) for kind in kinds]


def _row(kind: str, things: list[Thing], random: Random) -> Row:
    """One question with its answer and what to slice by."""
    language = random.choice(words.LANGUAGES)
    about = _absent(things, random) if kind == "presence" and random.random() < 0.5 else random.choice(things)
    question, answer = _word(kind, about, len(things), language)
    return {
        "question": question,
        "answer": answer,
        "kind": kind,
        "language": language,
        "shape": "" if kind == "count" else about.shape,
        "colour": "" if kind == "count" else about.colour,
        "things": len(things),
        "scene": "; ".join(f"{thing.colour} {thing.shape} {thing.side}" for thing in things),
    }


def _word(kind: str, about: Thing, things: int, language: words.Language) -> tuple[str, str]:
    """A question and its answer."""
    if kind == "colour":
        return words.ask_colour(about.shape, language), words.colour_name(about.colour, language, about.shape)
    if kind == "shape":
        return words.ask_shape(about.colour, language), words.shape_name(about.shape, language)
    if kind == "side":
        return words.ask_side(about.shape, language), words.SIDES[about.side][language]
    if kind == "count":
        return words.ask_count(language), words.COUNTS[things][language]
    return words.ask_presence(about.colour, about.shape, language), words.YES_NO[bool(about.side)][language]


def _absent(things: list[Thing], random: Random) -> Thing:
    """Something that is not drawn, drawn evenly from all that could be; its side is empty."""
    there = {(thing.colour, thing.shape) for thing in things}
    colour, shape = random.choice([pair for pair in product(words.COLOURS, words.SHAPES) if pair not in there])
    return Thing(shape, colour, "")
