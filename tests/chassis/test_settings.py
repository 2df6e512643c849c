"""What a process accepts from its environment."""

import pytest
from pydantic import ValidationError

from chassis.settings import Settings, read_settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "ORGANIZATION": "acme",
    "MONGO_URL": "mongodb://mongo/?tls=true",
    "KAFKA_URL": "kafka:9093",
    "KAFKA_REPLICATION": "3",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_USERNAME": "voting",
    "KAFKA_PASSWORD": "hush",
    "ISSUER": "https://login.acme.example",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def _said(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_a_developer_needs_to_set_nothing() -> None:
    settings = read_settings()

    assert not settings.in_production
    assert settings.kafka_idempotence
    assert settings.trace_sampling == 0.01


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _said(monkeypatch, VOTING_URL="http://a:1, http://b:2", TOKEN_ALGORITHMS="ES256", CORS_ORIGINS="")

    assert settings.voting_url == ("http://a:1", "http://b:2")
    assert settings.token_algorithms == ("ES256",)
    assert settings.cors_origins == ()


def test_keys_may_be_written_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, SERVICE_KEYS="one\\ntwo\\n").service_keys == "one\ntwo"


def test_settings_stay_as_they_were_read() -> None:
    settings = read_settings()

    with pytest.raises(ValidationError):
        settings.organization = "other"  # type: ignore[misc]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256,HS512"])
def test_tokens_that_anyone_could_sign_are_never_allowed(monkeypatch: pytest.MonkeyPatch, algorithm: str) -> None:
    with pytest.raises(SystemExit, match="TOKEN_ALGORITHMS"):
        _said(monkeypatch, TOKEN_ALGORITHMS=algorithm)


def test_production_starts_with_everything_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, **PRODUCTION).in_production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORGANIZATION", None),
        ("KAFKA_URL", None),
        ("KAFKA_SECURITY_PROTOCOL", None),
        ("KAFKA_IDEMPOTENCE", "false"),
        ("MONGO_URL", "mongodb://mongo/"),
        ("ISSUER", "http://login.acme.example"),
        ("JWKS_URL", "http://login.acme.example/keys"),
        ("CORS_ORIGINS", "*"),
    ],
)
def test_production_refuses_what_is_unsafe_by_silence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    environment = {key: said for key, said in PRODUCTION.items() if key != name} | ({name: value} if value else {})

    with pytest.raises(SystemExit, match=name):
        _said(monkeypatch, **environment)


def test_production_takes_an_open_link_when_told_so_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    aloud = {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "MONGO_URL": "mongodb://mongo/?tls=false"}

    assert _said(monkeypatch, **PRODUCTION | aloud).kafka_security_protocol == "PLAINTEXT"


def test_a_broker_that_asks_for_a_name_is_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="KAFKA_USERNAME"):
        _said(monkeypatch, KAFKA_SECURITY_PROTOCOL="SASL_SSL")


def test_a_refused_setting_does_not_show_its_neighbours_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SERVICE_KEY": "s3cret", "KAFKA_PASSWORD": "s3cret", "MONGO_URL": "mongodb://ann:s3cret@mongo/"}

    with pytest.raises(SystemExit) as refusal:
        _said(monkeypatch, ENVIRONMENT="production", TRACE_SAMPLING="7", **secrets)
    assert "s3cret" not in str(refusal.value)

    with pytest.raises(SystemExit) as refusal:
        _said(monkeypatch, ENVIRONMENT="production", TRACE_SAMPLING="0.5", **secrets)
    assert "s3cret" not in str(refusal.value)


def test_secrets_are_not_shown_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SERVICE_KEY": "s3cret", "KAFKA_PASSWORD": "s3cret", "MONGO_URL": "mongodb://ann:s3cret@mongo/"}

    assert "s3cret" not in repr(_said(monkeypatch, **secrets))
