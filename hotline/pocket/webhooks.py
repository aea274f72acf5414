"""Asking the hotline what to do: a signed webhook, its fallback where it fails, and the document that comes back."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.frozen import frozen
from hotline.pocket.account import Account
from hotline.pocket.faults import Faults
from hotline.pocket.ledger import Ledger, What
from hotline.pocket.twiml import BadTwiml, Document, parse
from hotline.pocket.wire import Answer, Request, deliver, prepare


@frozen
class Question:
    """One webhook: where to, about what, of which handset, with which fields; `key` names it for replays."""

    url: str
    sid: str
    handset: str
    params: Mapping[str, str]
    method: str = "POST"
    voice: bool = False
    key: str = ""


@frozen
class Outcome:
    """The document to follow; `trouble` is Twilio's error number if neither the webhook nor its fallback gave one."""

    document: Document
    trouble: int = 0
    fell_back: bool = False


class Webhooks:
    """Posts for one account, writing everything down."""

    def __init__(self, account: Account, ledger: Ledger, faults: Faults) -> None:
        """Shares the ledger and the faults with the rest of the carrier."""
        self._account, self._ledger, self._faults = account, ledger, faults
        self._asked: dict[str, Request] = {}
        self._before: Request | None = None

    def ask(self, question: Question, fallback: str = "") -> Outcome:
        """Post a question; on failure post it to the fallback with `ErrorCode` and `ErrorUrl`, as Twilio does."""
        document, error = self._try(question)
        if document is not None:
            return Outcome(document)
        again = {**question.params, "ErrorCode": str(error), "ErrorUrl": question.url.partition("#")[0]}
        fallback = fallback or self._account.webhook("fallback")
        document, _ = self._try(Question(fallback, question.sid, question.handset, again, voice=question.voice))
        if document is not None:
            return Outcome(document, fell_back=True)
        return Outcome(Document(()), error)

    def tell(self, url: str, sid: str, handset: str, params: Mapping[str, str]) -> Answer:
        """Post a receipt; nothing is done with the answer but writing it down."""
        answer = deliver(prepare(self._account.token, url, params))
        self._ledger.write(What.RECEIPT, sid, handset, f"{_status_in(params)} {answer.status or answer.failure}")
        return answer

    def replay(self, key: str) -> Answer:
        """Post a question again, byte for byte, with the same signature. Raises KeyError if it was never asked."""
        return deliver(self._asked[key])

    def _try(self, question: Question) -> tuple[Document | None, int]:
        request = prepare(
            self._account.token, question.url, question.params, method=question.method, voice=question.voice
        )
        if question.key:
            self._asked[question.key] = request
        self._ledger.write(What.ASKED, question.sid, question.handset, request.url)
        answer = deliver(request)
        self._misbehave(request, question)
        if answer.failure:
            detail = f"{answer.error} {answer.status or answer.failure} after {answer.tries}"
            self._ledger.write(What.FAILED, question.sid, question.handset, detail)
            return None, answer.error
        try:
            document = parse(answer.body, answer.content_type, request.url)
        except BadTwiml as problem:
            self._ledger.write(What.FAILED, question.sid, question.handset, f"{problem.number} {problem}")
            return None, problem.number
        detail = str(answer.status) + "".join(f"; passed over {name}" for name in document.passed_over)
        self._ledger.write(What.ANSWERED, question.sid, question.handset, detail)
        return document, 0

    def _misbehave(self, request: Request, question: Question) -> None:
        if self._faults.webhook_doubled():
            self._ledger.write(What.FAULT, question.sid, question.handset, "webhook doubled")
            deliver(request)
        before, self._before = self._before, request
        if before is not None and self._faults.webhook_replayed():
            self._ledger.write(What.FAULT, question.sid, question.handset, "webhook replayed")
            deliver(before)


def _status_in(params: Mapping[str, str]) -> str:
    return params.get("MessageStatus") or params.get("CallStatus") or params.get("RecordingStatus", "")
