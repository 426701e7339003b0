"""Filling in and checking an application."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import msgspec

from dinh.cases.applications.contracts import Attachment, Draft
from dinh.kernel.forms import Field, Form, Page, check, read, root, slots, verdict, with_item, without_item

DRAFT_KEPT = timedelta(days=90)
TOLD_BEFORE = timedelta(days=7)
# What was typed while the session had ended.
TYPED_KEPT = timedelta(minutes=15)
TYPED_BYTES = 64 * 1024
FILES, FILES_BYTES = 20, 20 * 1024 * 1024

ABOUT_LETTERS = 120


def prefilled(form: Form, answer: dict[str, object], source: str) -> Draft:
    """Every field that declares a source gets its value, with the source beside it."""
    answers, locked = {}, []
    for field in form.fields.values():
        value = answer.get(field.source.value) if field.source else None
        if field.source and value:
            answers[field.name] = "yes" if field.source.presence else str(value)
            if field.source.locked:
                locked.append(field.name)
    return Draft(answers=answers, sources=dict.fromkeys(answers, source), locked=locked)


def with_about(draft: Draft, field: str | None, about: str) -> Draft:
    """What came with the address that the person followed: anyone may have written it, so only a short printable line enters."""
    about = about.strip()
    if field is None or not about or len(about) > ABOUT_LETTERS or not about.isprintable():
        return draft
    return msgspec.structs.replace(draft, answers={**draft.answers, field: about})


BUTTONS = ("_add", "_remove", "_remove_file")


def has_pressed(posted: Mapping[str, str]) -> bool:
    """Whether a button inside the page was used, so that the page comes back."""
    return any(posted.get(button) for button in BUTTONS)


def values(draft: Draft) -> dict[str, str]:
    """Answers and files in one mapping; files stand as their ids."""
    return {**draft.answers, **{key: str(attachment.file) for key, attachment in draft.files.items()}}


def shown_on(form: Form, page: Page, draft: Draft, posted: Mapping[str, str], day: date) -> list[Field]:
    """The page's fields that the posted form had, as far as one can tell: asked by what is saved, or answered in it."""
    asked = form.asked_on(page.name, values(draft), day)
    roots = {key.partition(".")[0].partition("-")[0] for key in posted}
    return [field for field in page.fields if field.shown and field.kind != "file" and (field in asked or field.name in roots)]


def with_answers(draft: Draft, fields: list[Field], typed: dict[str, str]) -> Draft:
    """Typed values enter, locked ones stay, and so does what belongs to questions that were not shown. A value that the person
    changed no longer names a source.
    """
    answers, sources = dict(draft.answers), dict(draft.sources)
    for field in fields:
        if field.name in draft.locked or field.kind == "file":
            continue
        if field.kind == "group":
            answers = {key: value for key, value in answers.items() if not key.startswith(f"{field.name}.")}
            answers |= {key: value for key, value in typed.items() if key.startswith(f"{field.name}.")}
            continue
        value = typed.get(field.name, "")
        if answers.get(field.name) != value:
            sources.pop(field.name, None)
        answers[field.name] = value
    return msgspec.structs.replace(draft, answers=answers, sources=sources)


def differences(fields: list[Field], saved: Draft, typed: Draft) -> list[tuple[str, str, str]]:
    """Key, what was typed, what is saved; for what was not left empty in both."""
    names = {field.name for field in fields}
    keys = [key for key in {**typed.answers, **saved.answers} if key.partition(".")[0] in names]
    pairs = [(key, typed.answers.get(key, ""), saved.answers.get(key, "")) for key in keys]
    return [(key, mine, theirs) for key, mine, theirs in pairs if mine != theirs]


def with_file(draft: Draft, key: str, attachment: Attachment) -> Draft:
    return msgspec.structs.replace(draft, files={**draft.files, key: attachment})


def without_file(draft: Draft, key: str) -> Draft:
    return msgspec.structs.replace(draft, files={known: attachment for known, attachment in draft.files.items() if known != key})


def free_key(field: Field, key: str, draft: Draft) -> str | None:
    """Where the next file of this field goes: in place of the only one, or behind the others; None when there are as many as may be."""
    if field.max_files == 1:
        return key
    return next((f"{key}.{at}" for at in range(field.max_files) if f"{key}.{at}" not in draft.files), None)


def has_room(draft: Draft, key: str, size: int) -> bool:
    """An application carries so many files and so many bytes: it travels as one message."""
    others = [attachment for known, attachment in draft.files.items() if known != key]
    return len(others) < FILES and sum(attachment.size for attachment in others) + size <= FILES_BYTES


def fresh(form: Form, page: str, before: Draft, after: Draft, posted: Mapping[str, str], day: date) -> set[str]:
    """Keys on this page that only these answers have brought up, so that nobody was asked yet."""
    old, new = (
        {key for key, field in slots(form.asked_on(page, values(draft), day), draft.answers, day) if field.shown} for draft in (before, after)
    )
    return {key for key in new - old if not any(name == key or name.startswith(f"{key}-") for name in posted)}


def pressed(draft: Draft, fields: list[Field], posted: Mapping[str, str]) -> tuple[Draft, str | None]:
    """What the buttons inside a page do: one item more, one less, one file less; and the place to come back to."""
    groups = {field.name: field for field in fields if field.kind == "group"}
    if group := groups.get(posted.get("_add", "")):
        answers = with_item(group, draft.answers)
        return msgspec.structs.replace(draft, answers=answers), f"{group.name}.{group.count(answers) - 1}"
    name, _, index = posted.get("_remove", "").partition(".")
    if name in groups and index.isdecimal():
        at = int(index)
        return (
            msgspec.structs.replace(draft, answers=without_item(name, at, draft.answers), files=without_item(name, at, draft.files)),
            name,
        )
    file = posted.get("_remove_file", "")
    if file.partition(".")[0] in {field.name for field in fields}:
        return without_file(draft, file), _field_of(file)
    return draft, None


def _field_of(key: str) -> str:
    """The place on the page of one of several files: that of its field."""
    head, _, last = key.rpartition(".")
    return head if last.isdecimal() else key


def effective(form: Form, draft: Draft, day: date) -> dict[str, str]:
    """The answers that count: those to questions that the other answers lead to. Files stand as their ids."""
    return form.relevant(values(draft), day)


def errors(form: Form, draft: Draft, day: date, *, files: bool = True) -> dict[str, str]:
    """What is wrong with the whole form; without `files`, papers may be shown instead."""
    return errors_of(form, set(form.fields), draft, day, files=files)


def errors_of(form: Form, names: AbstractSet[str], draft: Draft, day: date, *, files: bool = True) -> dict[str, str]:
    """What is wrong with these fields, as far as they are asked. A group's items look at the whole form's answers."""
    found = form.standing(values(draft), day)
    papers = {key for key, field in slots(form.asked(found, day), found, day) if field.kind == "file"}
    wrong = check(form.asked(found, day), {key: value for key, value in found.items() if files or key not in papers}, day, files=files)
    return {key: text for key, text in wrong.items() if root(key) in names}


def page_errors(form: Form, page: str, draft: Draft, day: date) -> dict[str, str]:
    return errors_of(form, {field.name for field in form.asked_on(page, values(draft), day)}, draft, day)


def with_typed(form: Form, page: Page, draft: Draft, posted: Mapping[str, str], day: date) -> Draft:
    """The draft as it would be with what was typed on this page."""
    fields = shown_on(form, page, draft, posted, day)
    return with_answers(draft, fields, read(fields, posted))


def first_incomplete(form: Form, draft: Draft, day: date) -> str | None:
    """The page to go on with; None when only the review is left."""
    return next((page.name for page in form.asked_pages(values(draft), day) if page_errors(form, page.name, draft, day)), None)


def progress(form: Form, draft: Draft, day: date) -> tuple[int, int]:
    """How many of the pages that are asked so far are complete."""
    pages = form.asked_pages(values(draft), day)
    return sum(not page_errors(form, page.name, draft, day) for page in pages), len(pages)


def is_open_ended(form: Form, draft: Draft, day: date) -> bool:
    """Whether some page may still join, by an answer that is not given."""
    found = form.relevant(values(draft), day)
    undecided = form.undecided(values(draft), day)
    return any(page.when and verdict(page.when, found, day, undecided) is None for page in form.pages)
