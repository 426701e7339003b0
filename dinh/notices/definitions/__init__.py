"""Which event becomes which notice, as the country's files declare it."""

from dinh.notices.definitions.contracts import Channel, ChannelPlan, Definition, Namings, PhonePlan, Urgency, Words
from dinh.notices.definitions.rules import chosen, facts, fitting
from dinh.notices.definitions.service import channel_plan, check, definitions_of, words

__all__ = [
    "Channel", "ChannelPlan", "Definition", "Namings", "PhonePlan", "Urgency", "Words",
    "channel_plan", "check", "chosen", "definitions_of", "facts", "fitting", "words",
]  # fmt: skip
