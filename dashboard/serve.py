"""The dashboard as a server: what `vledger dashboard` becomes, `python -m dashboard.serve`.

Workers of the app import the main module of the process that starts them, so this one loads nothing until it is called.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard import access
from dashboard.serving.settings import Settings
from engine.errors import VledgerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.starlette import App

_APP = Path(__file__).resolve().with_name("streamlit_app.py")


def main(given: Sequence[str] | None = None) -> None:
    """Serve until a signal says to stop."""
    from dashboard.observing import logs  # noqa: PLC0415 - see above

    settings = _settings(given)
    logs.begin(settings.log_format)
    try:
        application = app(settings)
    except VledgerError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None
    application.run(config=config(settings))


def app(settings: Settings) -> App:
    """The ASGI application: Streamlit's, with our routes and what every request passes through."""
    from streamlit.starlette import App  # noqa: PLC0415 - see above

    from dashboard.observing.faults import told  # noqa: PLC0415 - same
    from dashboard.serving import assembly  # noqa: PLC0415 - same
    from dashboard.serving.headers import failed  # noqa: PLC0415 - same

    return App(
        _APP,
        routes=assembly.routes(settings),
        middleware=assembly.middleware(settings),
        on_script_error=told,
        exception_handlers={Exception: failed(settings.frame_ancestors)},
    )


def config(settings: Settings) -> dict[str, Any]:
    """Streamlit's options that follow from ours; what may be chosen freely stands in `.streamlit/config.toml`."""
    from dashboard.serving.options import safe  # noqa: PLC0415 - see above

    return safe(settings) | {
        "server.port": settings.port,
        "server.address": settings.address,
        "server.headless": not settings.browser,
        "server.baseUrlPath": settings.base_path,
        # Its coloured traces would go past our log.
        "logger.enableRich": False,
        "secrets.files": [str(path) for path in access.secret_files()],
    }


def _settings(given: Sequence[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m dashboard.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=Settings.port)
    parser.add_argument("--address", default=Settings.address)
    parser.add_argument("--base-path", default=Settings.base_path)
    parser.add_argument("--host", action="append", default=[], dest="hosts")
    parser.add_argument("--frame-ancestor", action="append", default=[], dest="frame_ancestors")
    parser.add_argument("--max-sessions", type=int, default=Settings.max_sessions)
    parser.add_argument("--log-format", choices=("text", "json"), default=Settings.log_format)
    parser.add_argument("--browser", action="store_true")
    found = vars(parser.parse_args(given))
    return Settings(**found | {name: tuple(found[name]) for name in ("hosts", "frame_ancestors")})


if __name__ == "__main__":
    main()
