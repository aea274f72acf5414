"""Every error this program raises: one tree, in which an error knows its code and whether trying again can help."""

from __future__ import annotations


class HotlineError(Exception):
    """The root. `code` is a short stable word for logs and metrics; `retry`: the same call may succeed later."""

    code = "error"
    retry = False


class FlowError(HotlineError):
    """A flow, words or translation file says something the grammar does not allow; `file:line: what to do`."""

    code = "flow"

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message


class SettingError(HotlineError):
    """A setting is missing, unknown or unusable; the text names it and says what to put there."""

    code = "setting"


class NotFound(HotlineError):
    """What was asked for by name or id does not exist."""

    code = "not_found"


class Refused(HotlineError):
    """A rule of the house forbids this; the text says which and who may."""

    code = "refused"


class BadFile(HotlineError):
    """A file given by staff cannot be used as a whole; the text names the row (if one) and the remedy."""

    code = "bad_file"


class Untrusted(HotlineError):
    """A webhook that does not prove where it comes from, or has a shape no provider sends. `code` is the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SealBroken(HotlineError):
    """A sealed value does not open: another key, another row, or changed bytes."""

    code = "seal"


class StoreDown(HotlineError):
    """The database did not answer; nothing of this transaction was kept."""

    code = "store_down"
    retry = True


class MemoryDown(HotlineError):
    """Redis did not answer; nothing in it is needed for the truth."""

    code = "memory_down"
    retry = True


class SpeechError(HotlineError):
    """A clip could not be made; the text says whether the voice engine is missing."""

    code = "speech"


class SendError(HotlineError):
    """A provider did not take a message or call. `ambiguous`: it may have taken it; never send again before asking.

    `wait` is how many seconds the provider asked us to let pass, 0 where it did not say.
    """

    def __init__(self, code: str, *, retry: bool = False, ambiguous: bool = False, wait: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.retry, self.ambiguous, self.wait = code, retry, ambiguous, wait
