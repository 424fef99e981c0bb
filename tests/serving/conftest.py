"""Servers over a store, as readers and probes meet them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.serving_app import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.serving_app import Served

    class Serve(Protocol):
        """Starts a server; over what is shipped where no cache is named."""

        def __call__(
            self,
            *options: str,
            cache: Path | None = None,
            prefix: str = "",
            variables: Mapping[str, str] | None = None,
        ) -> Served: ...


def _factory(store: Path, folder: Path, stack: ExitStack) -> Callable[..., Served]:
    started = 0

    def start(
        *options: str, cache: Path | None = None, prefix: str = "", variables: Mapping[str, str] | None = None
    ) -> Served:
        nonlocal started
        started += 1
        log = folder / f"server-{started}.log"
        return stack.enter_context(
            serving(cache or store.parent.parent, log, *options, prefix=prefix, variables=variables)
        )

    return start


@pytest.fixture
def serve(store: Path, tmp_path: Path) -> Iterator[Serve]:
    """Starts servers of the test's own, which end with it."""
    with ExitStack() as stack:
        yield _factory(store, tmp_path, stack)


@pytest.fixture(scope="module")
def serve_once(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Likewise, for a fixture that all tests of a file share."""
    with ExitStack() as stack:
        yield _factory(store, tmp_path_factory.mktemp("served"), stack)


@pytest.fixture(scope="module")
def served(serve_once: Serve) -> Served:
    """One server with nothing but the defaults, for all tests of a file that leave it as it was."""
    return serve_once()
