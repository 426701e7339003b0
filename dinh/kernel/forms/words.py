"""A condition as a sentence's part, in a person's language."""

from dinh.kernel.forms.conditions import Condition
from dinh.kernel.forms.contracts import Field
from dinh.kernel.texts import Speaker


def in_words(condition: Condition, fields: dict[str, Field], say: Speaker) -> str:
    """`“Are the parents married to each other?” is “Yes”`."""
    if condition.every is not None:
        return _joined("kernel.when_and", [in_words(part, fields, say) for part in condition.every], say)
    if condition.some is not None:
        return _joined("kernel.when_or", [in_words(part, fields, say) for part in condition.some], say)
    if condition.inverse is not None:
        return _inverse(condition.inverse, fields, say)
    field = fields[condition.field]
    question = say.pick(field.label)
    if condition.more_than_days_ago is not None:
        return say.say("kernel.when_long_ago", question=question, n=condition.more_than_days_ago)
    if field.kind == "confirm":
        return say.say("kernel.when_confirmed" if field.shown else "kernel.when_recorded", question=question)
    return say.say("kernel.when_is", question=question, answers=_answers(field, condition, say))


def _inverse(condition: Condition, fields: dict[str, Field], say: Speaker) -> str:
    field = fields.get(condition.field)
    if field is None:
        return say.say("kernel.when_not", condition=in_words(condition, fields, say))
    question = say.pick(field.label)
    if condition.more_than_days_ago is not None:
        return say.say("kernel.when_lately", question=question, n=condition.more_than_days_ago)
    if field.kind == "confirm":
        return say.say("kernel.when_not_confirmed" if field.shown else "kernel.when_not_recorded", question=question)
    return say.say("kernel.when_is_not", question=question, answers=_answers(field, condition, say))


def _answers(field: Field, condition: Condition, say: Speaker) -> str:
    labels = {choice.value: say.pick(choice.label) for choice in field.choices}
    return _joined("kernel.when_or", [f"“{labels.get(value, value)}”" for value in condition.values or ()], say)


def _joined(word: str, parts: list[str], say: Speaker) -> str:
    return f" {say.say(word)} ".join(parts)
