"""What the registry's node tells anyone who asks: the time, and whether a certificate of a member stands."""

from dinh.exchange.notary.http import MEDIA, OCSP, TSA, routes

__all__ = ["MEDIA", "OCSP", "TSA", "routes"]
