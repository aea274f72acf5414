"""What we are measured against: a plain Flask handler that does form, signature, one Redis get and set, and TwiML.

Served by the same gunicorn as ours: `gunicorn 'bench.plain:create(token, base_url, redis_url)'`.
"""

from __future__ import annotations

from flask import Flask, Response, request
from redis import Redis
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

SESSION_SECONDS = 24 * 3600


def create(token: str, base_url: str, redis_url: str) -> Flask:
    """The app: POST /twilio/sms as tutorials write it, and GET /null."""
    app = Flask(__name__)
    validator = RequestValidator(token)
    memory = Redis.from_url(redis_url)

    @app.post("/twilio/sms")
    def sms() -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(base_url + request.path, request.form, signature):
            return Response(status=403)
        key = f"session:{request.form['From']}"
        before = memory.get(key)
        memory.set(key, request.form["MessageSid"], ex=SESSION_SECONDS)
        reply = MessagingResponse()
        reply.message(f"{request.form['Body']}: {'again' if before else 'first'}")
        return Response(str(reply), content_type="text/xml")

    @app.get("/null")
    def null() -> str:
        return ""

    return app
