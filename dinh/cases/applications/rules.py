"""Filling in and checking an application."""

from datetime import date

from dinh.cases.applications.contracts import Attachment, Draft
from dinh.kernel.forms import Field, Form, check

ABOUT_LETTERS = 120


def prefilled(form: Form, answer: dict[str, object], source: str) -> Draft:
    """Every field that declares a source gets its value, with the source beside it."""
    answers, locked = {}, []
    for field in form.fields.values():
        value = answer.get(field.source.value) if field.source else None
        if value:
            answers[field.name] = str(value)
            if field.source and field.source.locked:
                locked.append(field.name)
    return Draft(answers=answers, sources=dict.fromkeys(answers, source), locked=locked)


def with_about(draft: Draft, field: str | None, about: str) -> Draft:
    """What came with the address that the person followed: anyone may have written it, so only a short printable line enters."""
    about = about.strip()
    if field is None or not about or len(about) > ABOUT_LETTERS or not about.isprintable():
        return draft
    return Draft(answers={**draft.answers, field: about}, sources=draft.sources, locked=draft.locked, files=draft.files)


def with_answers(draft: Draft, fields: list[Field], typed: dict[str, str]) -> Draft:
    """Typed values enter, locked ones stay. A value that the person changed no longer names a source."""
    answers, sources = dict(draft.answers), dict(draft.sources)
    for field in fields:
        if field.name in draft.locked or field.kind == "file":
            continue
        value = typed.get(field.name, "")
        if answers.get(field.name) != value:
            sources.pop(field.name, None)
        answers[field.name] = value
    return Draft(answers=answers, sources=sources, locked=draft.locked, files=draft.files)


def with_file(draft: Draft, field: str, attachment: Attachment) -> Draft:
    return Draft(answers=draft.answers, sources=draft.sources, locked=draft.locked, files={**draft.files, field: attachment})


def effective(form: Form, draft: Draft) -> dict[str, str]:
    """The answers that count: those to questions that the other answers lead to. Files stand as their ids."""
    values = {**draft.answers, **{name: str(attachment.file) for name, attachment in draft.files.items()}}
    return {field.name: values[field.name] for field in form.asked(draft.answers) if values.get(field.name)}


def errors(form: Form, draft: Draft, today: date) -> dict[str, str]:
    return check(form.asked(draft.answers), effective(form, draft), today)


def page_errors(fields: list[Field], draft: Draft, today: date) -> dict[str, str]:
    values = {**draft.answers, **{name: str(attachment.file) for name, attachment in draft.files.items()}}
    return check(fields, {field.name: values[field.name] for field in fields if values.get(field.name)}, today)
