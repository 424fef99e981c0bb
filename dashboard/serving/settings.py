"""What is decided when the server starts, and stays so while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """How the dashboard is served."""

    port: int = 8501
    address: str = "127.0.0.1"
    """The address that is bound; 0.0.0.0 opens it to the network."""
    base_path: str = ""
    """The path prefix behind a proxy, without slashes at its ends."""
    hosts: tuple[str, ...] = ()
    """Names under which readers reach it; a request under another name is refused. Empty: see `serving.hosts`."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins whose pages may frame the dashboard; none by default."""
    max_sessions: int = 100
    """Readers at one time; the next one is told to come again."""
    log_format: Literal["text", "json"] = "text"
    browser: bool = False
    """Open a browser on this machine."""

    def path(self, route: str) -> str:
        """A route of ours under the prefix, as `/prefix/api/ready`."""
        return f"/{self.base_path}/{route}" if self.base_path else f"/{route}"
