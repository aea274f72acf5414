"""How gunicorn serves: a few processes with a few threads each, and time for calls to be answered before it stops."""

import os

bind = os.environ.get("HOTLINE_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("HOTLINE_PROCESSES", "2"))
threads = int(os.environ.get("HOTLINE_THREADS", "4"))
graceful_timeout = 25
timeout = 30
keepalive = 65
# Longer than any header line a provider sends; a request line is short.
limit_request_line = 4094
accesslog = None
errorlog = "-"
loglevel = "warning"
