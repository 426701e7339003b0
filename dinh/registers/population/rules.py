"""Numbers and families: pure, so that the same seed gives the same people."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import msgspec

from dinh.registers.description import NumberPart

Record = dict[str, str | date | bool | None]
YEAR_DAYS = 365.25
ADULT = 25
YOUNG, MIDDLE, ANY_AGE = (30, 35), (38, 54), (ADULT, 75)


def marital_status(person: Record, spouse: Record | None) -> str:
    """What the record says: `single`, `married`, or `widowed` when the spouse is dead on record."""
    if not person["spouse"]:
        return "single"
    return "widowed" if spouse is not None and spouse["death_date"] else "married"


def compose(parts: list[NumberPart], place: str, sex: str, born: date, drawn: int) -> str:
    """A personal number by the country's declared layout. `drawn` fills the random part."""
    return "".join(_part(part, place, sex, born, drawn) for part in parts)


def _part(part: NumberPart, place: str, sex: str, born: date, drawn: int) -> str:
    if part.part == "place":
        return place.zfill(part.digits)
    if part.part == "century_and_sex":
        return part.codes[f"{born.year // 100}:{sex}"]
    if part.part == "year":
        return f"{born.year % 10**part.digits:0{part.digits}d}"
    return f"{drawn % 10**part.digits:0{part.digits}d}"


class Names(msgspec.Struct, frozen=True):
    """Lists to draw from, weights already cumulated."""

    surnames: list[str]
    surname_weights: list[int]
    middles: dict[str, list[str]]
    givens: dict[str, list[str]]
    groups: list[str]
    group_weights: list[int]
    streets: list[str]
    address: str
    nationality: str


class Place(msgspec.Struct, frozen=True):
    """Where people live: a unit, its full name, and the number that births registered there carry."""

    unit: str
    name: str
    number: str


def of_age(born: object, today: date, years: int) -> bool:
    return isinstance(born, date) and (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) >= years


class Maker:
    """Makes households: two parents and up to four children, living at one address."""

    def __init__(self, names: Names, places: list[Place], weights: list[int], parts: list[NumberPart], today: date, seed: int) -> None:
        self._names, self._places, self._weights, self._parts, self._today = names, places, weights, parts, today
        self._random = random.Random(seed)
        self._drawn: dict[str, int] = {}

    def households(self, persons: int, young: set[str]) -> Iterator[list[Record]]:
        """First two couples of middle age in every place, so that each has someone to hold its posts, and a few young ones in the
        units `young`; then by weight, until there are enough.
        """
        made = 0
        first = [(place, MIDDLE) for place in self._places for _ in range(2)]
        first += [(place, YOUNG) for place in self._places if place.unit in young for _ in range(6)]
        for place, ages in first:
            yield (family := self._family(place, ages))
            made += len(family)
        while made < persons:
            place = self._random.choices(self._places, self._weights)[0]
            yield (family := self._family(place, ANY_AGE))
            made += len(family)

    def _family(self, place: Place, ages: tuple[int, int]) -> list[Record]:
        draw = self._random
        age = draw.randint(*ages)
        group = draw.choices(self._names.groups, self._names.group_weights)[0]
        address = self._names.address.format(number=draw.randint(1, 320), street=draw.choice(self._names.streets), place=place.name)
        father = self._person(place, "male", age, group, address, None)
        mother = self._person(place, "female", max(20, age - draw.randint(0, 5)), group, address, None)
        father["spouse"], mother["spouse"] = mother["ref"], father["ref"]
        children = [self._child(place, father, mother, age, group, address) for _ in range(draw.choice((0, 1, 1, 2, 2, 2, 3, 4)))]
        return [father, mother, *children]

    def _child(self, place: Place, father: Record, mother: Record, age: int, group: str, address: str) -> Record:
        sex = self._random.choice(("male", "female"))
        child = self._person(place, sex, max(0, age - self._random.randint(ADULT, 36)), group, address, str(father["full_name"]).split()[0])
        child["father"], child["mother"] = father["ref"], mother["ref"]
        return child

    def _person(self, place: Place, sex: str, age: int, group: str, address: str, surname: str | None) -> Record:
        draw = self._random
        born = self._today - timedelta(days=int(age * YEAR_DAYS) + draw.randint(0, 364))
        surname = surname or draw.choices(self._names.surnames, self._names.surname_weights)[0]
        name = f"{surname} {draw.choice(self._names.middles[sex])} {draw.choice(self._names.givens[sex])}"
        return {
            "ref": str(UUID(int=draw.getrandbits(128), version=4)), "number": self._number(place, sex, born), "full_name": name,
            "birth_date": born, "sex": sex, "ethnicity": group, "nationality": self._names.nationality, "birth_place": place.name, "origin": place.name,
            "residence_unit": place.unit, "address": address, "mother": None, "father": None, "spouse": None, "death_date": None,
            "source_case": None, "synthetic": True,
        }  # fmt: skip

    def _number(self, place: Place, sex: str, born: date) -> str:
        """The random part walks through its range by a step that shares no factor with it: never the same number twice."""
        prefix = compose(self._parts, place.number, sex, born, 0)
        self._drawn[prefix] = drawn = self._drawn.get(prefix, 271_828) + 618_033
        return compose(self._parts, place.number, sex, born, drawn)
