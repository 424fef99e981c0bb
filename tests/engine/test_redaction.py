from __future__ import annotations

import pytest

from engine.redaction import all_redacted, redacted

SECRET = "Zq9vT1xW5mKp3rLs"


@pytest.mark.parametrize(
    "text",
    [
        f"s3://AKIAABCDEFGHIJKLMNOP:{SECRET}@bucket/runs",
        f"s3://key:{SECRET}/with/slashes@bucket/runs",
        f"https://{SECRET}@hub.example/model",
        f"https://hub.example/a?token={SECRET}",
        f"https://hub.example/a?page=2&api_key={SECRET}&x=1",
        f"https://store.example/a?X-Amz-Signature={SECRET}&X-Amz-Credential={SECRET}",
        f"vledger run a.toml --token {SECRET}",
        f"vledger run a.toml --hub-token={SECRET} --workers 2",
        f"vledger run a.toml --password '{SECRET} and more'",
        f"HF_TOKEN={SECRET} vledger run a.toml",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"401: Authorization: Bearer {SECRET}",
        f'{{"token": "{SECRET}"}}',
        f"hf_{SECRET}",
        f"ghp_{SECRET}{SECRET}",
        f"a model in /models/hf_{SECRET}/ is not there",
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(text: str) -> None:
    shown = redacted(text, {})
    assert SECRET not in shown
    assert "***" in shown
    assert redacted(shown, {}) == shown


@pytest.mark.parametrize(
    "text",
    [
        "vledger score --model esm-2-35m --task dms:BLAT_ECOLX --batch-tokens 4096 --seed 0",
        "vledger run a.toml --journal s3://bucket/runs --results https://host:8080/results",
        "Mistral-DNA@0123456789012345678901234567890123456789 (12 tokens/s, 3-mers)",
        '{"spec": {"batch_tokens": 4096, "letters": "upper", "token": 3}}',
        "the key is in the table: a basic rule",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text, {}) == text


def test_the_rest_of_a_line_stays_readable() -> None:
    typed = f"vledger run a.toml --journal s3://key:{SECRET}@bucket/runs --token {SECRET} --workers 2"
    assert redacted(typed, {}) == "vledger run a.toml --journal s3://***@bucket/runs --token *** --workers 2"


def test_a_secret_of_the_environment_is_known_by_its_value() -> None:
    environment = {
        "HF_TOKEN": "correct horse battery",
        "TOKENIZERS_PARALLELISM": "parallel",
        "SSL_KEY_FILE": "/etc/tls.key",
    }
    text = "no access with correct horse battery; parallel; /etc/tls.key"
    assert redacted(text, environment) == "no access with ***; parallel; /etc/tls.key"


def test_a_short_value_of_the_environment_is_taken_for_a_word() -> None:
    assert redacted("the model of the year", {"API_KEY": "model"}) == "the model of the year"


def test_every_text_within_a_structure_is_looked_at() -> None:
    given = {"models": [{"id": f"https://{SECRET}@hub/x", "seed": 3}], "password": "plain", "at": (f"hf_{SECRET}",)}
    assert all_redacted(given, {}) == {
        "models": [{"id": "https://***@hub/x", "seed": 3}],
        "password": "***",
        "at": ["***"],
    }
