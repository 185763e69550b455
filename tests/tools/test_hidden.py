"""Addresses as they may be shown: no name, no password, no key, however they are written."""

import logging
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.tools.hidden import hide_addresses_in_log, secrets_in, without_secrets

SECRET = "s3cr3t-Mark"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        (f"https://ann:{SECRET}@api.example.com:81/v1", "https://(hidden)@api.example.com:81/v1"),
        (f"https://{SECRET}@api.example.com", "https://(hidden)@api.example.com"),
        (f"https://tools.test/mcp?api_key={SECRET}&x=1", "https://tools.test/mcp?(hidden)"),
        (f"https://tools.test/mcp#{SECRET}", "https://tools.test/mcp?(hidden)"),
        # Written wrongly: too much is hidden rather than too little.
        (f"ann:{SECRET}@api.example.com/v1", "(hidden)@api.example.com/v1"),
        (f"https://ann:a/{SECRET}?#@api.example.com/v1", "https://(hidden)@api.example.com/v1"),
        (f"https://[::1:{SECRET}@x", "https://(hidden)@x"),
        ("localhost:8000", "localhost:8000"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@given(
    st.sampled_from(
        ["https://ann:{}@x.test/v1", "https://x.test/?k={}", "//{}@x.test", "{}@x/#{}"]
    ),
    st.text(string.printable, max_size=20),
)
def test_no_name_password_or_key_is_shown(form: str, around: str) -> None:
    assert SECRET not in without_secrets(form.replace("{}", f"{around}{SECRET}{around}"))


def test_the_secrets_of_an_address_are_known_as_written_and_as_meant() -> None:
    found = set(secrets_in("https://ann:p%40ss@x.test/?key=a%2Fb&n=1"))
    assert {"ann", "p%40ss", "p@ss", "a/b", "1"} <= found
    assert secrets_in("https://x.test/v1") == ()


def test_log_lines_and_errors_name_addresses_as_they_may_be_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("weft.tests.talkative")
    hide_addresses_in_log(logger.name, logger.name)
    address = f"https://ann:{SECRET}@x.test/mcp?key={SECRET}"
    with caplog.at_level(logging.INFO, logger.name):
        logger.info("HTTP Request: %s %s", "POST", address)
        logger.info(f"Connecting to '{address}'")  # noqa: G004 - as the libraries do
        logger.info("%d of %d", 1, 2)
        try:
            raise ValueError(f"401 for {address}")
        except ValueError:
            logger.exception("broke down")
    shown = "https://(hidden)@x.test/mcp?(hidden)"
    assert SECRET not in caplog.text
    assert [record.getMessage() for record in caplog.records] == [
        f"HTTP Request: POST {shown}",
        f"Connecting to '{shown}'",
        "1 of 2",
        "broke down",
    ]
    assert f"ValueError: 401 for {shown}" in caplog.text
