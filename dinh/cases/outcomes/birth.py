"""A birth: the child gets a number in the population register, the birth an entry in the civil-status register."""

from datetime import date
from typing import Any

from dinh.cases.outcomes.contracts import Check, Filed, Finding, Paper, Steps
from dinh.exchange import Answer, Question, ask, membership_of
from dinh.kernel import languages
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node

PARENTS = ("mother", "father")


class Birth:
    steps = ("population", "civilstatus")

    async def examine(self, node: Node, who: Caller, filed: Filed) -> Finding:
        """Ask the population register about both parents, and whether the birth is registered already."""
        persons = {}
        for role, body in _subjects(filed).items():
            try:
                persons[role] = (await _ask(node, who, filed, "population.person", body)).body
            except NotFound:
                continue
        known = await _ask(node, who, filed, "civilstatus.birth_of", _birth_key(filed, persons))
        checks = [*_compare(node, filed, persons), Check("cases.check_first", not known.body["registered"])]
        return Finding(checks, persons, _barred(filed, persons))

    async def carry_out(self, node: Node, who: Caller, step: str, filed: Filed, finding: Finding, done: Steps) -> dict[str, Any]:
        if step == "population":
            body = {"case": filed.code, "unit": filed.unit, "child": _child(filed, finding)}
            return (await _ask(node, who, filed, "population.register_birth", body)).body
        birth = {**_child(filed, finding), "child": done["population"]["ref"]}
        body = {"case": filed.code, "unit": filed.unit, "birth": birth}
        return (await _ask(node, who, filed, "civilstatus.register_birth", body)).body

    def paper(self, node: Node, filed: Filed, finding: Finding, done: Steps, paper: Paper) -> dict[str, Any]:
        """The data of the certificate, in the words of the country's first language."""
        language = languages.of(node.country.languages[0])
        answers, born = filed.answers, date.fromisoformat(filed.answers["child_birth_date"])
        child = {
            "name": answers["child_name"], "born": language.short_date(born), "born_in_words": language.date_in_words(born),
            "sex": answers["child_sex"], "ethnicity": answers["child_ethnicity"], "nationality": answers["child_nationality"],
            "birthplace": answers["child_birth_place"], "origin": answers["child_origin"], "personal_number": done["population"]["number"],
        }  # fmt: skip
        registered_on = language.short_date(date.fromisoformat(done["civilstatus"]["registered_on"]))
        return {
            "agency": paper.agency, "upper_agency": paper.upper_agency, "number": done["civilstatus"]["number"], "child": child,
            "mother": _parent(finding, "mother"), "father": _parent(finding, "father"),
            "registrant": {"name": answers["applicant_name"], "number": answers["applicant_number"]},
            "registered_at": paper.place, "registered_on": registered_on,
            "signatory": {"post": paper.signer_post, "name": paper.signer_name}, "signed_on": paper.signed_on,
            "synthetic": not node.settings.production,
        }  # fmt: skip


async def _ask(node: Node, who: Caller, filed: Filed, service: str, body: dict[str, Any]) -> Answer:
    provider = membership_of(node.country).service(service).provider
    question = Question(service=service, client=filed.agency, provider=provider, purpose="settle", body=body, case=filed.code)
    return await ask(node, who, question)


def _subjects(filed: Filed) -> dict[str, dict[str, str]]:
    """Whom to ask about: the applicant by reference, the other parent by the number that was given."""
    relation = filed.answers["relation"]
    subjects = {relation: {"ref": filed.applicant}}
    for role in PARENTS:
        number = filed.answers.get(f"{role}_number")
        if role != relation and number:
            subjects[role] = {"number": number}
    return subjects


def _birth_key(filed: Filed, persons: dict[str, dict[str, Any]]) -> dict[str, Any]:
    refs = {role: persons[role]["ref"] if role in persons else None for role in PARENTS}
    return {**refs, "birth_date": filed.answers["child_birth_date"], "full_name": filed.answers["child_name"]}


def _compare(node: Node, filed: Filed, persons: dict[str, dict[str, Any]]) -> list[Check]:
    fold = languages.of(node.country.languages[0]).fold
    checks = []
    for role in PARENTS:
        claimed = filed.answers.get(f"{role}_name") or (filed.answers["applicant_name"] if filed.answers["relation"] == role else None)
        if claimed is None:
            checks.append(Check(f"cases.check_no_{role}", None))
        elif role not in persons:
            checks.append(Check(f"cases.check_unknown_{role}", good=False))
        else:
            same = fold(persons[role]["full_name"]) == fold(claimed)
            checks.append(Check(f"cases.check_{role}", good=same, params={"name": persons[role]["full_name"]}))
    return [*checks, *_alive_and_here(filed, persons), *_married(filed, persons)]


def _alive_and_here(filed: Filed, persons: dict[str, dict[str, Any]]) -> list[Check]:
    dead = [Check("cases.check_dead", good=False, params={"name": person["full_name"]}) for person in persons.values() if person["death_date"]]
    here = any(person["residence_unit"] == filed.unit for person in persons.values())
    return [*dead, Check("cases.check_residence", good=here)]


def _married(filed: Filed, persons: dict[str, dict[str, Any]]) -> list[Check]:
    if filed.answers["married"] != "yes" or set(persons) != set(PARENTS):
        return []
    return [Check("cases.check_married", good=persons["mother"]["spouse"] == persons["father"]["ref"])]


def _barred(filed: Filed, persons: dict[str, dict[str, Any]]) -> list[str]:
    """The parents, their own parents and spouses: nobody decides for their own family."""
    near = {person.get(tie) for person in persons.values() for tie in ("ref", "mother", "father", "spouse")}
    return sorted({filed.applicant, *(ref for ref in near if ref)})


def _child(filed: Filed, finding: Finding) -> dict[str, Any]:
    answers = filed.answers
    parents = {role: finding.persons[role]["ref"] if role in finding.persons else None for role in PARENTS}
    return {
        "full_name": answers["child_name"], "sex": answers["child_sex"], "birth_date": answers["child_birth_date"],
        "birth_place": answers["child_birth_place"], "ethnicity": answers["child_ethnicity"], "nationality": answers["child_nationality"],
        "origin": answers["child_origin"], "address": answers["applicant_address"], **parents,
    }  # fmt: skip


def _parent(finding: Finding, role: str) -> dict[str, str] | None:
    person = finding.persons.get(role)
    if person is None:
        return None
    return {
        "name": person["full_name"], "born": person["birth_date"][:4], "ethnicity": person["ethnicity"], "nationality": person["nationality"],
        "residence": person["address"],
    }  # fmt: skip
