"""Twilio, and whatever speaks as Twilio does: signed webhooks, TwiML and the REST API."""

from hotline.channels.twilio.channel import Account, TwilioChannel
from hotline.channels.twilio.codes import Codes
from hotline.channels.twilio.request import Raw, Trusted

__all__ = ["Account", "Codes", "Raw", "Trusted", "TwilioChannel"]
