"""XML that others wrote, read without anything that evidence does not need."""

from dinh.trust.markup.service import base64_of, only_text, parse, tag

__all__ = ["base64_of", "only_text", "parse", "tag"]
