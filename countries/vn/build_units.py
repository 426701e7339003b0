"""Build units/*.csv, birth_registration_codes.csv and calendars/vn-office.yaml.

Usage (Python 3.12 or later), from the directory that holds this file:

    uv run --with vietnam-provinces==2026.9.0 --with holidays==0.108 python build_units.py

The two packages are sources of facts only; no code of theirs is copied. Every run writes
the same bytes. `from` is the first day a row holds, `until` the first day it no longer
holds (empty = in force). The constants hold what the packages lack; sources: README.md.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import holidays
from vietnam_provinces import Province, Ward
from vietnam_provinces._ward_conversion_2025 import NEW_TO_OLD, OLD_TO_NEW
from vietnam_provinces.legacy import base as old_units

HERE = Path(__file__).parent
START = "2025-07-01"
MERGER = "202/2025/QH15"  # National Assembly, 2025-06-12: 63 provinces become 34
# Standing Committee resolutions 1654..1687/NQ-UBTVQH15, in number order, by province code.
RESOLUTIONS = dict(
    zip(
        "91 96 01 04 24 48 66 11 75 82 52 42 33 56 92 31 12 68 20 15 37 46 25 51 40 22 44 14 80 19 08 79 38 86".split(),
        range(1654, 1688),
        strict=True,
    )
)
# Provinces that became centrally run cities later (the package has only the newest name).
CITIES_SINCE = {"75": ("2026-04-30", "30/2026/QH16"), "22": ("2026-09-01", "36/2026/QH16"), "24": ("2026-09-20", "39/2026/QH16")}
SPELLING = {"Tỉnh Hoà Bình": "Tỉnh Hòa Bình", "xã Bắc Sơn": "Xã Bắc Sơn"}
# Island districts without communes: the package gives their special zones no predecessor.
ISLANDS = {"11948": 318, "19742": 471, "20333": 498, "21548": 536, "26732": 755}
KINDS = {"xã": "commune", "phường": "ward", "đặc khu": "special_zone"}
LABOUR_CODE = "45/2019/QH14 art. 112"
YEARS = {
    2024: (f"{LABOUR_CODE}; 2450/VPCP-KGVX", False),
    2025: (f"{LABOUR_CODE}; 6150/TB-BLDTBXH", False),
    2026: (f"{LABOUR_CODE}; 28/2026/QH16 (24 November); swap days unverified", False),
    2027: (f"{LABOUR_CODE}; 28/2026/QH16 (24 November); forecast of holidays 0.108", True),
}
# Swaps missing from holidays 0.108: day off -> working Saturday.
SWAPS = {2026: {date(2026, 1, 2): date(2026, 1, 10)}}

Row = Sequence[str]


def write(path: str, header: str, rows: Iterable[Row]) -> None:
    """Write one CSV file, UTF-8 with LF line ends."""
    target = HERE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header.split())
        out.writerows(rows)


def successors() -> dict[str, str]:
    """Old province -> the new one that took most of its communes (27691 is filed wrongly)."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in OLD_TO_NEW.values():
        for new in entry.new_wards:
            votes[f"{entry.old_ward.province_code:02}"][f"{new.province_code:02}"] += 1
    return {old: count.most_common(1)[0][0] for old, count in sorted(votes.items())}


def province_rows(successor: dict[str, str]) -> Iterable[Row]:
    for province in sorted(Province.iter_all(), key=lambda p: int(p.code)):
        code, name = f"{int(province.code):02}", province.name
        old = " ".join(o for o, new in successor.items() if new == code)
        since, ref = CITIES_SINCE.get(code, (START, MERGER))
        if code in CITIES_SINCE:
            yield code, name.replace("Thành phố", "Tỉnh"), "province", START, since, old, MERGER
        yield code, name, "city" if name.startswith("Thành phố") else "province", since, "", old, ref


def commune_rows() -> Iterable[Row]:
    districts = {int(d.code): d.name for d in old_units.District.iter_all()}
    for ward in sorted(Ward.iter_all(), key=lambda w: int(w.code)):
        code, province = f"{int(ward.code):05}", f"{int(ward.province_code):02}"
        entry = NEW_TO_OLD.get(int(ward.code))
        old = sorted(f"{o.code:05}" for o in entry.old_wards) if entry else [districts[ISLANDS[code]]]
        kind, ref = KINDS[ward.division_type.value], f"{RESOLUTIONS[province]}/NQ-UBTVQH15"
        yield code, province, SPELLING.get(ward.name, ward.name), kind, START, "", ";".join(old), ref


def old_commune_rows() -> Iterable[Row]:
    """Communes before 2025-07-01, so that every predecessor code resolves."""
    districts = {int(d.code): d for d in old_units.District.iter_all()}
    wards = {int(w.code): w for w in old_units.Ward.iter_all()}
    for code in sorted(wards.keys() | OLD_TO_NEW.keys()):
        ward, entry = wards.get(code), OLD_TO_NEW.get(code)
        district = districts[int(ward.district_code) if ward else OLD_TO_NEW[code].old_ward.district_code]
        new = ";".join(sorted(f"{w.code:05}" for w in entry.new_wards)) if entry else ""
        partial = "yes" if entry and entry.old_ward.is_partly_merged else "no"
        name, province = ward.name if ward else "", f"{int(district.province_code):02}"
        yield f"{code:05}", province, district.name, name, new, partial


def holiday_kind(name: str) -> str:
    if name.startswith("Ngày nghỉ (thay"):
        return "swap"
    shifted = ("29 Tết", "Mùng năm", "Mùng sáu")
    return "compensation" if "(nghỉ bù)" in name or name.startswith(shifted) else "public"


def year_lines(year: int) -> Iterable[str]:
    ref, provisional = YEARS[year]
    vi, en = (holidays.country_holidays("VN", years=year, language=x) for x in ("vi", "en_US"))
    days = {day: (vi[day], en[day]) for day in vi}
    working = {day for day in vi.weekend_workdays if day.year == year}
    for off, worked in SWAPS.get(year, {}).items():
        days[off] = f"Ngày nghỉ (thay cho ngày {worked:%d/%m/%Y})", f"Day off (substituted from {worked:%m/%d/%Y})"
        working.add(worked)
    yield f'  - year: "{year}"\n    ref: {json.dumps(ref)}'
    yield f'    provisional: "{str(provisional).lower()}"\n    holidays:'
    for day, (name_vi, name_en) in sorted(days.items()):
        item = {"date": str(day), "kind": holiday_kind(name_vi), "name": {"vi": name_vi, "en": name_en}}
        yield f"      - {json.dumps(item, ensure_ascii=False)}"
    yield f"    working_days: {json.dumps([str(day) for day in sorted(working)])}"


def calendar_text() -> str:
    head = [
        "# Made by build_units.py from holidays 0.108 (MIT) plus its SWAPS. All values are strings.",
        'code: "vn-office"',
        'name: {"vi": "Giờ hành chính", "en": "Office hours"}',
        'weekdays: ["mon", "tue", "wed", "thu", "fri"]',
        "hours:",
        '  - {from: "07:30:00", until: "11:30:00"}',
        '  - {from: "13:00:00", until: "17:00:00"}',
        'hours_ref: "unverified"',
        "years:",
    ]
    return "\n".join([*head, *(line for year in YEARS for line in year_lines(year))]) + "\n"


def main() -> None:
    successor = successors()
    old = sorted((f"{int(p.code):02}", SPELLING.get(p.name, p.name)) for p in old_units.Province.iter_all())
    write("units/provinces.csv", "code name kind from until predecessors ref", province_rows(successor))
    write("units/communes.csv", "code parent name kind from until predecessors ref", commune_rows())
    write("units/before/provinces_before_2025.csv", "code name successor", [(c, n, successor[c]) for c, n in old])
    write("units/before/communes_before_2025.csv", "code province district name successors partial", old_commune_rows())
    numbers = [(f"0{code}", successor[code], code) for code, _ in old]
    write("birth_registration_codes.csv", "number province old_province", numbers)
    (HERE / "calendars").mkdir(exist_ok=True)
    (HERE / "calendars/vn-office.yaml").write_text(calendar_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
