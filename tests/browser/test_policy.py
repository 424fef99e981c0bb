"""The policy of the served pages, in a browser that keeps it; that our own pages keep it is watched by every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.conftest import Screen

_NOTHING = "undefined"
# What comes of each.
_ATTEMPTS = {
    "an inline script": """() => {
      const script = document.createElement('script');
      script.textContent = 'reached = 1';
      document.body.append(script);
      return String(window.reached);
    }""",
    "a handler in markup": """() => {
      document.body.insertAdjacentHTML('beforeend', '<b id=trap onclick="reached = 1">');
      document.getElementById('trap').click();
      return String(window.reached);
    }""",
    "a request to another host": """() => fetch('https://example.org/x').then(() => 'sent', () => 'undefined')""",
    "a picture of another host": """() => new Promise(found => {
      const picture = new Image();
      picture.onerror = () => found('undefined');
      picture.onload = () => found('shown');
      picture.src = 'https://example.org/x';
    })""",
}


def test_what_slips_into_a_page_does_not_run_and_reaches_nobody(screen: Screen) -> None:
    screen.open("methods")
    assert screen.complaints == []
    found = {}
    for what, attempt in _ATTEMPTS.items():
        with screen.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
            found[what] = screen.page.evaluate(attempt)
    assert found == dict.fromkeys(_ATTEMPTS, _NOTHING)
    # Every screen watches for this: a page of ours that asks for more than the policy gives fails its test.
    assert screen.complaints
    screen.complaints.clear()
