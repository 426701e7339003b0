"""Is a certificate one of ours: the way from it to a root, at a moment."""

from dinh.trust.paths.service import Untrusted, check_issued, check_path, of_asn1, to_asn1

__all__ = ["Untrusted", "check_issued", "check_path", "of_asn1", "to_asn1"]
