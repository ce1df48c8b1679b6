"""The words that are written on charts and asked about: short, and few, so that a small model can come to know them."""

from random import Random

TOPICS = ("Books", "Coffee", "Energy", "Films", "Health", "Honey", "Music", "Phones", "Shoes", "Sports", "Toys", "Wine")
MEASURES = ("Budget", "Growth", "Prices", "Sales", "Visits")
AXIS_LABELS = ("Euros", "Hours", "People", "Points", "Tons", "Units")

# Lists in an order, and lists of which any name may stand beside any other.
LETTERS = ("A", "B", "C", "D", "E", "F")
ORDERED_NAMES = (
    LETTERS,
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    ("Q1", "Q2", "Q3", "Q4"),
)
MIXED_NAMES = (
    ("Cat", "Cow", "Dog", "Fox", "Hen", "Owl", "Pig"),
    ("Bern", "Lima", "Oslo", "Paris", "Rome", "Tokyo"),
    ("Apple", "Fig", "Kiwi", "Lime", "Pear", "Plum"),
    ("Ann", "Bob", "Eva", "Kim", "Max", "Tom", "Zoe"),
    ("Bike", "Bus", "Car", "Ship", "Train", "Tram"),
)
# Of so many names none has more than three letters, and of one more they are letters: else they could not be read.
CROWD = 5
SHORT_NAME = 3
# Of the charts whose names may stand in any order, those whose names have one.
ORDERED = 0.7

TYPES = {
    "bar": "bar chart",
    "horizontal_bar": "horizontal bar chart",
    "grouped_bar": "grouped bar chart",
    "stacked_bar": "stacked bar chart",
    "line": "line chart",
    "area": "area chart",
    "pie": "pie chart",
    "donut": "donut chart",
    "scatter": "scatter plot",
    "box": "box plot",
    "heatmap": "heatmap",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
TRENDS = ("rising", "falling", "flat")


def choose_ordered_names(random: Random, count: int) -> tuple[str, ...]:
    """The first `count` (at most 6) from one list whose order means something: letters, days, months, quarters."""
    names = LETTERS if count > CROWD else random.choice([names for names in ORDERED_NAMES if len(names) >= count])
    return names[:count]


def choose_names(random: Random, count: int) -> tuple[str, ...]:
    """`count` (at most 6) different names of one sort; where there are many, none is long."""
    if count > CROWD or random.random() < ORDERED:
        return choose_ordered_names(random, count)
    names: tuple[str, ...] = random.choice(MIXED_NAMES)
    if count == CROWD:
        names = tuple(name for name in names if len(name) <= SHORT_NAME)
    return tuple(random.sample(names, count)) if len(names) >= count else choose_ordered_names(random, count)


def choose_series(random: Random, count: int, beside: tuple[str, ...]) -> tuple[str, ...]:
    """`count` (at most 6) different names for a legend, of another sort than the names `beside`."""
    return tuple(random.sample(random.choice([names for names in MIXED_NAMES if not {*names} & {*beside}]), count))


def choose_title(random: Random) -> tuple[str, str]:
    """A topic, and what is told of it: empty for a third of the charts, whose title is the topic alone."""
    return random.choice(TOPICS), random.choice(MEASURES) if random.random() < 2 / 3 else ""
