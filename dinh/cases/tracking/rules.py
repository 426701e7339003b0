"""What of a form is asked again."""

from collections.abc import Set as AbstractSet

import msgspec

from dinh.cases.applications import Draft
from dinh.kernel.forms import Form, root


def asked_again(form: Form, names: AbstractSet[str], draft: Draft) -> Form:
    """The form by which the answer to a request goes. Of a case that was entered at the counter nothing is known here but what is asked for:
    conditions would look at answers that only the agency has, and it has asked for what they lead to.
    """
    if {root(key) for key in (*draft.answers, *draft.files)} - names:
        return form
    free = [
        msgspec.structs.replace(page, when=None, fields=[msgspec.structs.replace(field, when=None) for field in page.fields if field.name in names])
        for page in form.pages
    ]
    return Form([page for page in free if page.fields])
