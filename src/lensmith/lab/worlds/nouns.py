"""Russian for what the worlds draw: each noun's gender, animacy and cases, and the words that agree with it.

The singular and plural forms stand in a table, so that a reader can check each one. Accusative plurals are not in it:
they follow from animacy (вижу столы, but вижу кошек). Adjectives are in `adjectives`.
"""

from dataclasses import dataclass
from typing import Literal

Case = Literal["nom", "gen", "acc", "ins", "prep"]
Gender = Literal["m", "f", "n", "pl"]

CASES: tuple[Case, ...] = ("nom", "gen", "acc", "ins", "prep")

# Key, gender (+ where animate), then nominative, genitive, accusative, instrumental and prepositional singular,
# and the same without the accusative in the plural. Часы have no singular.
_TABLE = """
cat f+ кошка кошки кошку кошкой кошке / кошки кошек кошками кошках
dog f+ собака собаки собаку собакой собаке / собаки собак собаками собаках
bird f+ птица птицы птицу птицей птице / птицы птиц птицами птицах
fish f+ рыба рыбы рыбу рыбой рыбе / рыбы рыб рыбами рыбах
horse f+ лошадь лошади лошадь лошадью лошади / лошади лошадей лошадьми лошадях
butterfly f+ бабочка бабочки бабочку бабочкой бабочке / бабочки бабочек бабочками бабочках
car f машина машины машину машиной машине / машины машин машинами машинах
bus m автобус автобуса автобус автобусом автобусе / автобусы автобусов автобусами автобусах
bicycle m велосипед велосипеда велосипед велосипедом велосипеде / велосипеды велосипедов велосипедами велосипедах
boat f лодка лодки лодку лодкой лодке / лодки лодок лодками лодках
plane m самолёт самолёта самолёт самолётом самолёте / самолёты самолётов самолётами самолётах
tree n дерево дерева дерево деревом дереве / деревья деревьев деревьями деревьях
flower m цветок цветка цветок цветком цветке / цветы цветов цветами цветах
house m дом дома дом домом доме / дома домов домами домах
chair m стул стула стул стулом стуле / стулья стульев стульями стульях
table m стол стола стол столом столе / столы столов столами столах
lamp f лампа лампы лампу лампой лампе / лампы ламп лампами лампах
cup f чашка чашки чашку чашкой чашке / чашки чашек чашками чашках
bottle f бутылка бутылки бутылку бутылкой бутылке / бутылки бутылок бутылками бутылках
apple n яблоко яблока яблоко яблоком яблоке / яблоки яблок яблоками яблоках
banana m банан банана банан бананом банане / бананы бананов бананами бананах
book f книга книги книгу книгой книге / книги книг книгами книгах
clock pl часы часов часы часами часах / часы часов часами часах
umbrella m зонт зонта зонт зонтом зонте / зонты зонтов зонтами зонтах
ball m мяч мяча мяч мячом мяче / мячи мячей мячами мячах
hat f шляпа шляпы шляпу шляпой шляпе / шляпы шляп шляпами шляпах
mushroom m гриб гриба гриб грибом грибе / грибы грибов грибами грибах
man m+ мужчина мужчины мужчину мужчиной мужчине / мужчины мужчин мужчинами мужчинах
woman f+ женщина женщины женщину женщиной женщине / женщины женщин женщинами женщинах
child m+ ребёнок ребёнка ребёнка ребёнком ребёнке / дети детей детьми детях
"""


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun in all the forms that questions need.

    Attributes:
        gender: what adjectives agree with in the singular; "pl" for a noun that has no singular (часы).
        animate: whether the accusative is like the genitive (plural, and masculine singular adjectives).
        singular: one form a case, in the order of `CASES`.
        plural: the same.
    """

    gender: Gender
    animate: bool
    singular: tuple[str, ...]
    plural: tuple[str, ...]

    def form(self, case: Case = "nom", *, many: bool = False) -> str:
        """The noun in a case, in the singular unless `many` (or unless it has none).

        >>> NOUNS["chair"].form("prep"), NOUNS["child"].form("gen", many=True), NOUNS["clock"].form("ins")
        ('стуле', 'детей', 'часами')
        """
        return (self.plural if many else self.singular)[CASES.index(case)]

    @property
    def one(self) -> str:
        """The dictionary form."""
        return self.singular[0]

    def agree(self, masculine: str, feminine: str, neuter: str, plural: str) -> str:
        """Of four forms, the one that stands with this noun.

        >>> NOUNS["apple"].agree("сделан", "сделана", "сделано", "сделаны")
        'сделано'
        """
        return {"m": masculine, "f": feminine, "n": neuter, "pl": plural}[self.gender]

    def verb(self, singular: str, plural: str) -> str:
        """Of two forms of a verb, the one that stands with this noun.

        >>> NOUNS["clock"].verb("стоит", "стоят")
        'стоят'
        """
        return plural if self.gender == "pl" else singular


def read_nouns(table: str) -> dict[str, Noun]:
    """Nouns by key, from lines laid out as in this module.

    Raises:
        ValueError: a line does not have gender, five singular and four plural forms.

    >>> read_nouns("star f звезда звезды звезду звездой звезде / звёзды звёзд звёздами звёздах")["star"].form("ins")
    'звездой'
    """
    nouns: dict[str, Noun] = {}
    for line in table.strip().splitlines():
        before, _, after = line.partition(" / ")
        key, kind, *singular = before.split()
        plural = after.split()
        gender, animate = kind.removesuffix("+"), kind.endswith("+")
        if gender == "pl":
            singular = [plural[0], plural[1], plural[0], *plural[2:]]
        if gender not in ("m", "f", "n", "pl") or len(singular) != 5 or len(plural) != 4:
            raise ValueError(f"a noun needs a gender, five singular and four plural forms: {line!r}")
        accusative = plural[1] if animate else plural[0]
        nouns[key] = Noun(gender, animate, tuple(singular), (plural[0], plural[1], accusative, *plural[2:]))  # type: ignore[arg-type]
    return nouns


NOUNS: dict[str, Noun] = read_nouns(_TABLE)
