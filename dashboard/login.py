"""Signing in, where the server asks for it: nothing is read or shown before."""

from __future__ import annotations

import time
from typing import NoReturn

import streamlit as st

from dashboard import access, background
from dashboard.access import Standing
from dashboard.text import PRODUCT
from engine.errors import VledgerError

_LONGEST = 24 * 24 * 3600.0


def gate() -> None:
    """End the run here with a page that asks to sign in, unless whoever asks may read."""
    if background.is_alone():
        # A file for somebody who has signed in, or for who sits at this machine.
        return
    try:
        login = access.required()
    except VledgerError as error:
        _closed(str(error))
    if login is None:
        return
    found = access.standing(login, st.user.to_dict(), time.time())
    if found is Standing.READER:
        _until_over(login)
        return
    if found is Standing.REFUSED:
        _refused()
    _asked(login, again=found is Standing.EXPIRED)


def account() -> None:
    """Who is signed in, with the way out; nothing where nobody has to be."""
    if background.is_alone() or access.required() is None:
        return
    with st.container(key="account", gap="xsmall"):
        st.caption(f"Signed in as {_name()}")
        _sign_out()


def _asked(login: access.Login, *, again: bool) -> NoReturn:
    _brand()
    st.title("Sign in to read", anchor=False)
    if again:
        st.markdown(f"You were signed in for {login.hours:g} hours. Sign in again to go on where you were.")
    else:
        st.markdown(f"{PRODUCT} asks its readers here to sign in. After that you come back to this page.")
    for place, provider in enumerate(login.providers):
        words = f"Sign in with {provider.label}" if provider.label else "Sign in"
        if st.button(words, key=f"sign-in-{place}", type="primary" if place == 0 else "secondary"):
            st.login(provider.key)
    st.stop()


def _until_over(login: access.Login) -> None:
    """Have the page run anew when signing in is over, though nobody touches it."""
    left = (access.end(login, st.user.to_dict()) or 0.0) - time.time()
    # Browsers count no further than 24 days.
    if left < _LONGEST:
        st.fragment(_over, run_every=left + 1)(time.time() + left)


def _over(ends: float) -> None:
    if time.time() >= ends:
        st.rerun()


def _refused() -> NoReturn:
    _brand()
    st.title("You may not read here", anchor=False)
    st.markdown(f"{_name()} is signed in, but is not among the readers of this dashboard: ask whoever runs it.")
    _sign_out()
    st.stop()


def _brand() -> None:
    st.html(f'<div class="vl-brand">{PRODUCT}</div>')


def _closed(sentence: str) -> NoReturn:
    st.title("Nobody can sign in", anchor=False)
    st.error(sentence, icon=":material/lock:")
    st.stop()


def _sign_out() -> None:
    if st.button("Sign out", key="sign-out", type="tertiary"):
        st.logout()


def _name() -> str:
    """What a person is called, as text: a provider's words are no Markdown of ours."""
    claims = st.user.to_dict()
    found = next((str(claims[key]) for key in ("email", "name", "sub") if claims.get(key)), "Somebody")
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|~$:" else letter for letter in found)
