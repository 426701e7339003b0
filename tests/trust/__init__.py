"""Formats of trust, each checked by an independent tool."""
