"""DER that others wrote, in its one right form."""

from dinh.trust.der.rules import check_der

__all__ = ["check_der"]
