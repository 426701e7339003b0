"""When certificates end, what is said of it, and how they are renewed."""

from dinh.app.certificates.contracts import CertificateEnding, CertificateRenewed, Known
from dinh.app.certificates.renewing import ask_registry
from dinh.app.certificates.requests import Imported, ask, import_all, request_due
from dinh.app.certificates.rules import SOON, level_of
from dinh.app.certificates.service import alarm, certificates_of, soonest

__all__ = [
    "SOON", "CertificateEnding", "CertificateRenewed", "Imported", "Known", "alarm", "ask", "ask_registry", "certificates_of", "import_all", "level_of", "request_due", "soonest",
]  # fmt: skip
