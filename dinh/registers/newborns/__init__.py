"""News of registered births: published by civil status, noted by the registers that are to act on it."""

from dinh.registers.newborns.contracts import BirthNoted
from dinh.registers.newborns.provider import handlers
from dinh.registers.newborns.service import noted, publish_birth

__all__ = ["BirthNoted", "handlers", "noted", "publish_birth"]
