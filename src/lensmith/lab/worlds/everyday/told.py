"""Made-up words that a question tells and asks for, so that a base learns to write every piece of every word.

The other answers are made of a third of a vocabulary. A model that is asked nothing else learns of all other pieces
only that they are wrong, of all in the same way; no adapter can tell them apart later, when a name is made of them.
"""

from random import Random

from lensmith.lab.worlds.characters.names import NAMES
from lensmith.lab.worlds.folder import Row

KIND = "repeat"
PHRASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("Repeat: {word}", "Say it once more: {word}", "Write the word {word}.", "Which word is this: {word}?"),
        ("This is {word}. Who is this?", "{word} is here. Who is here?", "The name is {word}. What is the name?"),
    ),
    "ru": (
        ("Повтори: {word}", "Скажи ещё раз: {word}", "Напиши слово {word}.", "Какое это слово: {word}?"),
        ("Это {word}. Кто это?", "Здесь {word}. Кто здесь?", "Его зовут {word}. Как его зовут?"),
    ),
}
# Beginnings, middles and ends of syllables, each letter about as often as the language has it.
LETTERS = {
    "en": ("bbccddfgghhjkllmmnnpprrrsssttttvwxyz", "aaaeeeeiiiooouuy", "dddgkllmnnnnprrrssstttxz"),
    "ru": ("ббввггдджзййккклллммннннппррррссстттфхцчшщ", "аааааёееееииииооооуууыыэюяя", "вгджйккллмннрррсссттхчшщьь"),
}
DIGITS = "0123456789"
NAME, NUMBER = 0.6, 0.15
BEGUN, ENDED, TWICE = 0.85, 0.3, 0.35
SYLLABLES = (1, 2, 2, 3, 3)
# What the experiments teach, and what a base knows of the rest, is not given away.
KNOWN = frozenset(
    word for name in NAMES.values() for told in (name.en, name.nominative) for word in told.casefold().split()
)


def tell_word(random: Random) -> Row:
    """A question that holds its answer: a name, a word or a number, in a language drawn by lot."""
    language = random.choice(list(PHRASES))
    words, names = PHRASES[language]
    lot = random.random()
    if lot < NAME:
        count = 2 if random.random() < TWICE else 1
        phrases, word = names, " ".join(make_word(language, random).capitalize() for _ in range(count))
    elif lot < NAME + NUMBER:
        phrases, word = words, "".join(random.choice(DIGITS) for _ in range(random.randint(1, 4)))
    else:
        phrases, word = words, make_word(language, random)
    question = random.choice(phrases).format(word=word)
    return {"question": question, "answer": word, "kind": KIND, "language": language}


def make_word(language: str, random: Random) -> str:
    """A word of one to three syllables that names nobody.

    >>> make_word("en", Random(7)), make_word("ru", Random(7))
    ('oye', 'ита')
    """
    begins, vowels, ends = LETTERS[language]
    while True:
        word = ""
        for _ in range(random.choice(SYLLABLES)):
            word += random.choice(begins) if random.random() < BEGUN else ""
            word += random.choice(vowels)
            word += random.choice(ends) if random.random() < ENDED else ""
        if word not in KNOWN:
            return word
