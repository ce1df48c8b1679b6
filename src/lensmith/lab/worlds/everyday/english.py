"""Everyday questions and answers in English."""

from random import Random

from lensmith.lab.worlds.everyday.asked import Asked, Mention
from lensmith.lab.worlds.objects import PEOPLE

PROPER = {"matryoshka": "Matryoshka", "spider-man": "Spider-Man", "superman": "Superman"}
PLURALS = {
    "fish": "fish",
    "butterfly": "butterflies",
    "bus": "buses",
    "cross": "crosses",
    "man": "men",
    "woman": "women",
    "child": "children",
}
PARTS = {
    "left": "on the left",
    "right": "on the right",
    "top": "at the top",
    "bottom": "at the bottom",
    "middle": "in the middle",
}
RELATIONS = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}
MATERIALS = {
    "wooden": "wood",
    "metal": "metal",
    "glass": "glass",
    "fabric": "fabric",
    "brick": "brick",
    "straw": "straw",
}
GROUPS = {"animal": "an animal", "vehicle": "a vehicle", "fruit": "a fruit", "person": "a person"}
SCENES = {"room": "a room", "street": "a street", "meadow": "a meadow", "sky": "the sky", "water": "the sea"}
SCENE_NAMES = {"room": "room", "street": "street", "meadow": "meadow", "sky": "sky", "water": "sea"}
AT = {"room": "in a room", "street": "in a street", "meadow": "on a meadow", "sky": "in the sky", "water": "at sea"}

PHRASES: dict[str, tuple[str, ...]] = {
    "what": (
        "What is this?",
        "What is in the picture?",
        "What do you see?",
        "What does the picture show?",
        "Name the thing in the picture.",
        "What is drawn here?",
    ),
    "shape": ("What shape is this?", "Which shape do you see?", "What shape is in the picture?", "Name the shape."),
    "shape_of_colour": (
        "What shape is {given}?",
        "Which shape is {given}?",
        "What is the shape of the {given} figure?",
        "Name the {given} shape.",
    ),
    "caption": (
        "Describe the picture.",
        "Describe the picture in one sentence.",
        "What is going on in the picture?",
        "Give a short caption.",
    ),
    "who": ("Who is this?", "Who is in the picture?", "Who do you see?", "Who is shown here?", "Name who is here."),
    "who_check": (
        "Is this {an_a}?",
        "Is {an_a} in the picture?",
        "Do you see {an_a} here?",
        "Is it {an_a} who is drawn here?",
    ),
    "who_choice": ("Is this {an_first} or {an_second}?", "Who is this: {an_first} or {an_second}?"),
    "presence": (
        "Is there {an_a}?",
        "Is there {an_a} in the picture?",
        "Do you see {an_a}?",
        "Can you see {an_a} here?",
        "Does the picture show {an_a}?",
    ),
    "presence_of": ("Is {an_a} here?", "Is {an_a} in the picture?", "Do you see {an_a}?", "Can you see {an_a} here?"),
    "coloured": (
        "Is there {an_coloured}?",
        "Is there {an_coloured} in the picture?",
        "Do you see {an_coloured}?",
        "Does the picture show {an_coloured}?",
    ),
    "group_check": ("Is there {given}?", "Is there {given} in the picture?", "Do you see {given}?"),
    "count": (
        "How many {many} are there?",
        "How many {many} do you see?",
        "How many {many} are in the picture?",
        "Count the {many}.",
    ),
    "total": ("How many things are there?", "How many things do you see in all?", "Count all the things."),
    "colour": (
        "What colour is {the_a}?",
        "What color is {the_a}?",
        "Which colour does {the_a} have?",
        "Name the colour of {the_a}.",
    ),
    "colour_check": ("Is {the_a} {given}?", "Is the colour of {the_a} {given}?", "Is it true that {the_a} is {given}?"),
    "clothes": (
        "What colour are {the_a}'s clothes?",
        "What colour is {the_a} dressed in?",
        "What color is {the_a} wearing?",
    ),
    "clothes_check": ("Is {the_a} dressed in {given}?", "Is {the_a} wearing {given} clothes?"),
    "by_colour": ("What is {given}?", "Which thing is {given}?", "What here is {given}?", "Name the {given} thing."),
    "same_colour": (
        "Are {the_a} and {the_b} the same colour?",
        "Do {the_a} and {the_b} have the same colour?",
        "Is {the_a} of the same colour as {the_b}?",
    ),
    "material": (
        "What is {the_a} made of?",
        "What material is {the_a} made of?",
        "Name the material of {the_a}.",
    ),
    "material_check": ("Is {the_a} made of {given}?", "Does {the_a} look made of {given}?"),
    "pattern": ("What pattern is on {worn_a}?", "Which pattern is on {worn_a}?", "Name the pattern on {worn_a}."),
    "pattern_check": (
        "Are there {given} on {worn_a}?",
        "Do you see {given} on {worn_a}?",
        "Is the pattern on {worn_a} {given}?",
    ),
    "pose": ("Is {the_a} {first} or {second}?", "What is {the_a} doing, {first} or {second}?"),
    "hat_check": ("Is {the_a} wearing a hat?", "Does {the_a} wear a hat?", "Is there a hat on {the_a}'s head?"),
    "hat_colour": ("What colour is {the_a}'s hat?", "What color is the hat of {the_a}?"),
    "holding": ("What is {the_a} holding?", "What does {the_a} hold?", "What is in {the_a}'s hand?"),
    "label": ("What is written on the sign?", "What does the sign say?", "Read the sign.", "What is the text here?"),
    "label_check": ("Does the sign say {given}?", "Is {given} written on the sign?"),
    "shirt_label": ("What is written on {the_a}'s clothes?", "What do {the_a}'s clothes say?"),
    "shirt_label_check": ("Is {given} written on {the_a}'s clothes?", "Do {the_a}'s clothes say {given}?"),
    "where": (
        "Where is {the_a}?",
        "Where in the picture is {the_a}?",
        "In which part of the picture is {the_a}?",
        "Where do you see {the_a}?",
    ),
    "what_at": (
        "What is {given}?",
        "What do you see {given}?",
        "What is {given} of the picture?",
        "Name what is {given}.",
    ),
    "colour_at": ("What colour is the thing {given}?", "Which colour has the thing {given}?"),
    "relation": ("What is {given} {the_a}?", "What do you see {given} {the_a}?", "Name what is {given} {the_a}."),
    "relation_check": (
        "Is {the_a} {given} {the_b}?",
        "Do you see {the_a} {given} {the_b}?",
        "Is it true that {the_a} is {given} {the_b}?",
    ),
    "size": ("Which is {given}, {the_a} or {the_b}?", "What is {given}: {the_a} or {the_b}?"),
    "size_check": ("Is {the_a} {given} than {the_b}?", "Does {the_a} look {given} than {the_b}?"),
    "scene": ("What place is this?", "What is the background?", "What is behind?", "Name the place."),
    "scene_check": ("Is this {given}?", "Is {given} in the background?", "Does the picture show {given}?"),
    "daytime": ("Is it {first} or {second}?", "What time is it, {first} or {second}?"),
    "dark_check": ("Is it dark outside?", "Is it night?", "Is this a picture of the night?"),
}
GIVEN = {
    "group_check": GROUPS,
    "material_check": MATERIALS,
    "what_at": PARTS,
    "colour_at": PARTS,
    "relation": RELATIONS,
    "relation_check": RELATIONS,
    "scene_check": SCENES,
}
ANSWERS = {"material": MATERIALS, "scene": SCENE_NAMES, "pattern": {"plain": "no pattern"}}


def word(asked: Asked, random: Random) -> tuple[str, str]:
    """The question in one of its phrasings, and the answer.

    >>> word(Asked("hat_colour", "red", (Mention("man"),)), Random(0))
    ('What color is the hat of the man?', 'red')
    """
    named = asked.kind == "presence" and asked.about[0].name in PROPER
    question = random.choice(PHRASES["presence_of" if named else asked.kind]).format_map(_fields(asked))
    return question, answer(asked)


def answer(asked: Asked) -> str:
    """The answer as a person would write it in a word or two; a caption is a sentence."""
    if asked.kind == "caption":
        return _caption(asked)
    return ANSWERS.get(asked.kind, {}).get(asked.answer) or PROPER.get(asked.answer, asked.answer)


def with_article(words: str) -> str:
    """The words after a or an.

    >>> with_article("orange cat"), with_article("umbrella"), with_article("red apple")
    ('an orange cat', 'an umbrella', 'a red apple')
    """
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _fields(asked: Asked) -> dict[str, str]:
    fields = {"given": GIVEN.get(asked.kind, {}).get(asked.given, asked.given)}
    for key, mention in zip("ab", asked.about, strict=False):
        fields |= {f"the_{key}": _the(mention.name), f"an_{key}": _an(mention.name)}
    if asked.about:
        name = asked.about[0].name
        fields["worn_a"] = f"the {name}'s clothes" if name in PEOPLE else _the(name)
        fields |= {
            "many": PLURALS.get(name, f"{name}s"),
            "an_coloured": with_article(f"{asked.about[0].colour} {name}"),
        }
    for key, option in zip(("first", "second"), asked.options, strict=False):
        fields |= {key: option, f"an_{key}": _an(option)}
    return fields


def _the(name: str) -> str:
    return PROPER.get(name) or f"the {name}"


def _an(name: str) -> str:
    return PROPER.get(name) or with_article(name)


def _caption(asked: Asked) -> str:
    """One sentence that names all things in order, and the place."""
    names = [_in_full(mention) for mention in asked.about]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    sentence = " ".join([listed, AT[asked.given]] if asked.given in AT else [listed])
    return f"{sentence[0].upper()}{sentence[1:]}."


def _in_full(mention: Mention) -> str:
    if mention.name in PROPER:
        return PROPER[mention.name]
    if mention.name in PEOPLE:
        return f"a {mention.name} in {mention.colour}"
    return with_article(f"{mention.colour} {mention.name}")
