"""What one process is told by its environment: read once, checked, frozen."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _parted(said: object) -> object:
    if isinstance(said, str):
        return tuple(part for part in (piece.strip() for piece in said.split(",")) if part)
    return said


def _unfolded(pem: str) -> str:
    return pem.replace("\\n", "\n").strip()


S = TypeVar("S", bound=BaseSettings)
CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parted)]
Pem = Annotated[str, AfterValidator(_unfolded)]  # many tools can only pass its line ends as \n
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class Settings(BaseSettings):
    """Every setting of every process; each takes what it needs. The name of a field in capitals is its variable.

    In production nothing insecure happens by silence: what would be, must be set or is refused.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    organization: str = Field(default="local", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    environment: Literal["development", "production"] = "development"
    replica: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}", min_length=1)

    mongo_url: str = Field(default="mongodb://127.0.0.1:27017/?directConnection=true", repr=False)
    kafka_url: str = "127.0.0.1:9092"
    kafka_idempotence: bool = True
    kafka_replication: int = Field(default=1, ge=1)
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: str | None = None

    ideas_url: CommaList = ("http://127.0.0.1:8001",)
    voting_url: CommaList = ("http://127.0.0.1:8002",)
    responses_url: CommaList = ("http://127.0.0.1:8003",)
    strategy_url: CommaList = ("http://127.0.0.1:8004",)

    issuer: str = ""
    token_audience: str = "folkmoot"  # noqa: S105
    jwks_url: str | None = None
    token_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(_parted)] = Field(
        default=("RS256", "PS256", "ES256", "EdDSA"), min_length=1
    )
    claim_name: str = "name"
    claim_audience: str = "audience"
    claim_roles: str = "roles"
    service_key: SecretStr | None = None
    service_keys: Pem = ""

    batching: bool = True  # off only to measure what joining messages is worth

    otel_exporter_otlp_endpoint: str | None = None
    trace_sampling: float = Field(default=0.01, ge=0, le=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cors_origins: CommaList = ()

    @property
    def in_production(self) -> bool:
        """Whether strangers may be about."""
        return self.environment == "production"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = [] if not self.in_production else [*self._unsafe_for_production()]
        if self.kafka_security_protocol.startswith("SASL") and not (self.kafka_username and self.kafka_password):
            wrong.append("KAFKA_USERNAME and KAFKA_PASSWORD: set both, KAFKA_SECURITY_PROTOCOL asks for them.")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _unsafe_for_production(self) -> list[str]:
        issuer_is_open = any(url and not url.startswith("https://") for url in (self.issuer, self.jwks_url))
        mongo = self.mongo_url if "mongo_url" in self.model_fields_set else "tls=unused"
        checks = [
            ("organization" not in self.model_fields_set, "ORGANIZATION: name the organization this serves."),
            ("kafka_url" not in self.model_fields_set, "KAFKA_URL: name the brokers."),
            (
                "kafka_security_protocol" not in self.model_fields_set,
                "KAFKA_SECURITY_PROTOCOL: set SSL or SASL_SSL (or say PLAINTEXT, where the network itself encrypts).",
            ),
            ("kafka_replication" not in self.model_fields_set, "KAFKA_REPLICATION: say how many brokers keep a topic."),
            (not self.kafka_idempotence, "KAFKA_IDEMPOTENCE: must stay on; only the embedded broker does without."),
            (
                not (mongo.startswith("mongodb+srv://") or "tls=" in mongo),
                "MONGO_URL: add tls=true (or say tls=false, where the network itself encrypts).",
            ),
            (issuer_is_open, "ISSUER and JWKS_URL: must be https, or anyone on the way could be anyone."),
            ("*" in self.cors_origins, "CORS_ORIGINS: name the sites that may call; * is for development."),
        ]
        return [message for unsafe, message in checks if unsafe]


def read_settings() -> Settings:
    """The settings of this process, from its environment; ends it with one plain line for each that is wrong."""
    return read(Settings)


def read(kind: type[S]) -> S:
    """The same for the settings that a street has of its own."""
    with usable():
        return kind()


@contextmanager
def usable() -> Iterator[None]:
    """Ends the process with one plain line for each setting that is wrong; never its value, which may be a secret."""
    try:
        yield
    except ValidationError as error:
        raise SystemExit("These settings are not usable:\n" + "\n".join(_plainly(error))) from None
    except ValueError as error:
        raise SystemExit(f"These settings are not usable:\n  {error}") from None


def _plainly(error: ValidationError) -> list[str]:
    """One line per wrong setting; never its value, which may be a secret."""
    lines = []
    for wrong in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in wrong["loc"][:1]).upper()
        message = wrong["msg"].removeprefix("Value error, ")
        lines += [f"  {name}: {message}"] if name else [f"  {line}" for line in message.splitlines()]
    return lines
