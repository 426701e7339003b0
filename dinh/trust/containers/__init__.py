"""Evidence as a file: ASiC-E containers built when they are asked for, and the judge of anybody's."""

from dinh.trust.containers.archive import pack
from dinh.trust.containers.contracts import Check, Parts, Report, StampParts
from dinh.trust.containers.rules import ASIC_MEDIA
from dinh.trust.containers.verification import verify_container

__all__ = ["ASIC_MEDIA", "Check", "Parts", "Report", "StampParts", "pack", "verify_container"]
