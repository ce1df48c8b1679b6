"""Russian adjectives for colours, materials and sizes, agreeing in gender, number, case and animacy.

Every form follows from the masculine nominative: its ending, and the consonant before it, name the pattern.
"""

from collections.abc import Mapping

from lensmith.lab.worlds.nouns import CASES, Case, Gender, Noun

COLOURS: Mapping[str, str] = {
    "red": "красный",
    "orange": "оранжевый",
    "yellow": "жёлтый",
    "green": "зелёный",
    "blue": "синий",
    "purple": "фиолетовый",
    "pink": "розовый",
    "brown": "коричневый",
    "black": "чёрный",
    "white": "белый",
    "grey": "серый",
}
# The adjective, then the noun in the nominative and after «из».
MATERIALS: Mapping[str, tuple[str, str, str]] = {
    "wooden": ("деревянный", "дерево", "дерева"),
    "metal": ("металлический", "металл", "металла"),
    "glass": ("стеклянный", "стекло", "стекла"),
    "fabric": ("тканевый", "ткань", "ткани"),
    "straw": ("соломенный", "солома", "соломы"),
    "brick": ("кирпичный", "кирпич", "кирпича"),
}
SIZES: Mapping[str, str] = {"big": "большой", "small": "маленький"}
WHICH = "какой"
THAT = "который"

_VELARS, _HUSHES = "гкх", "жшчщ"
# By gender: nominative, genitive, accusative (inanimate), instrumental, prepositional.
_HARD: dict[Gender, str] = {
    "m": "ый ого ый ым ом",
    "f": "ая ой ую ой ой",
    "n": "ое ого ое ым ом",
    "pl": "ые ых ые ыми ых",
}
_SOFT: dict[Gender, str] = {
    "m": "ий его ий им ем",
    "f": "яя ей юю ей ей",
    "n": "ее его ее им ем",
    "pl": "ие их ие ими их",
}


def decline(adjective: str, gender: Gender, case: Case = "nom", *, animate: bool = False) -> str:
    """The adjective in a form.

    Args:
        adjective: masculine nominative, ending in -ый, -ий or -ой.
        gender: of the noun it stands with; "pl" for any plural.
        case: of the noun.
        animate: of the noun; decides the accusative of masculine and plural.

    Raises:
        ValueError: `adjective` is no such form.

    >>> decline("синий", "f", "acc"), decline("большой", "n", "ins"), decline("красный", "pl", "acc", animate=True)
    ('синюю', 'большим', 'красных')
    """
    stem, ending = adjective[:-2], adjective[-2:]
    if ending not in ("ый", "ий", "ой") or not stem:
        raise ValueError(f"an adjective's masculine nominative was expected, not {adjective!r}")
    if case == "nom" and gender == "m":
        return adjective
    if case == "acc" and gender in ("m", "pl"):
        return decline(adjective, gender, "gen" if animate else "nom")
    soft = ending == "ий" and stem[-1] not in _VELARS + _HUSHES
    form = (_SOFT if soft else _HARD)[gender].split()[CASES.index(case)]
    if stem[-1] in _VELARS + _HUSHES:
        form = form.replace("ы", "и")
    if stem[-1] in _HUSHES and ending == "ий" and form.startswith("о"):
        form = "е" + form[1:]  # unstressed о does not stand after a hush: рыжего, but большого
    return stem + form


def agree(adjective: str, noun: Noun, case: Case = "nom", *, many: bool = False) -> str:
    """The adjective as it stands with `noun`, in the plural where `many`.

    >>> from lensmith.lab.worlds.nouns import NOUNS
    >>> agree(COLOURS["red"], NOUNS["cup"], "acc"), agree(WHICH, NOUNS["clock"]), agree(THAT, NOUNS["child"], "acc")
    ('красную', 'какие', 'которого')
    """
    return decline(adjective, "pl" if many else noun.gender, case, animate=noun.animate)


def phrase(noun: Noun, *adjectives: str, case: Case = "nom", many: bool = False) -> str:
    """A noun with its adjectives, all in one case.

    >>> from lensmith.lab.worlds.nouns import NOUNS
    >>> phrase(NOUNS["chair"], SIZES["small"], COLOURS["blue"], case="ins")
    'маленьким синим стулом'
    """
    return " ".join([*(agree(word, noun, case, many=many) for word in adjectives), noun.form(case, many=many)])
