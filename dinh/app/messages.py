"""How notices leave, as the operator's settings say, and what the codes in them are called."""

from dinh import cases
from dinh.kernel.content import Text
from dinh.kernel.country import Country
from dinh.kernel.settings import Settings
from dinh.notices import HttpSms, Namings, Senders, Smtp, relay


def senders(settings: Settings) -> Senders:
    """A channel that is not set up is not offered. Raises RuntimeError naming the variable that cannot be used."""
    return Senders(_mail(settings), _sms(settings))


def _mail(settings: Settings) -> Smtp | None:
    if settings.smtp_url is None:
        return None
    try:
        found = relay(settings.smtp_url)
    except (ValueError, OSError) as error:
        raise RuntimeError(f"DINH_SMTP_URL: {error}") from error
    try:
        return Smtp(found, settings.mail_from or "", settings.mail_reply_to or "")
    except OSError as error:
        raise RuntimeError(f"DINH_SMTP_URL: the authorities of ca= cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RuntimeError(f"DINH_MAIL_FROM: {error}") from error


def _sms(settings: Settings) -> HttpSms | None:
    if settings.sms_url is None:
        return None
    try:
        return HttpSms(settings.sms_url, settings.sms_token)
    except ValueError as error:
        raise RuntimeError(f"DINH_SMS_URL: {error}") from error


def namings(known: Country) -> Namings:
    """Codes that a notice may show, by kind. One that nobody knows any more stands for itself."""
    catalogue = cases.catalogue_of(known)

    def procedure(code: str) -> Text | None:
        versions = catalogue.versions.get(code)
        return versions[-1].title if versions else None

    return Namings({"procedure": procedure})
