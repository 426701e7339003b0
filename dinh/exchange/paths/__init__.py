"""Request paths as they may pass a right: refused when they could be read in two ways, never repaired."""

from dinh.exchange.paths.contracts import Endpoint, Path
from dinh.exchange.paths.rules import covers, faults, read

__all__ = ["Endpoint", "Path", "covers", "faults", "read"]
