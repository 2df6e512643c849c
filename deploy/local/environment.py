"""What each process of the local system is told: its settings, as environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.addresses import HOST
from deploy.local.folder import service_key
from deploy.local.mongo import url_of

SERVICES = ("ideas", "voting", "responses", "strategy")
DEFAULTS = {
    "ORGANIZATION": "local",
    "ENVIRONMENT": "development",
    "TOKEN_AUDIENCE": "folkmoot",
    "PYTHONUNBUFFERED": "1",
}


class Environment:
    """The settings of every replica. Later ones win: defaults, our own environment, addresses, `settings`, `overrides`.

    `overrides` are keyed by part (`voting`) or replica (`voting-2`). Given a `MONGO_URL` or `KAFKA_URL`, that one is
    told instead of the embedded server's.
    """

    def __init__(
        self,
        data: Path,
        ports: Mapping[str, int],
        settings: Mapping[str, str],
        overrides: Mapping[str, Mapping[str, str]],
    ) -> None:
        given = {**os.environ, **settings}
        self.given_mongo = given.get("MONGO_URL") or None
        self.given_kafka = given.get("KAFKA_URL") or None
        self._overrides = overrides
        self._private, public = service_key(data)
        self._public = {"SERVICE_KEYS": public}
        self._issuer = {"ISSUER_KEY": str(data / "keys" / "issuer.pem")}
        self._shared = {**DEFAULTS, **os.environ, **self._addresses(ports), **settings}
        self._shared |= {
            "MONGO_URL": self.given_mongo or url_of(ports["mongo-1"]),
            "KAFKA_URL": self.given_kafka or f"{HOST}:{ports['kafka-1']}",
            "KAFKA_IDEMPOTENCE": given.get("KAFKA_IDEMPOTENCE", "true") if self.given_kafka else "false",
        }

    def of(self, replica: str) -> dict[str, str]:
        """All that the process of that name (`voting-2`, `prepare-1`) finds in its environment."""
        part = replica.rpartition("-")[0]
        settings = self._shared | {"REPLICA": replica}
        if part == "gateway":
            settings |= {"SERVICE_KEY": self._private}
        elif part == "issuer":
            settings |= self._issuer
        else:
            settings |= self._public
        return {**settings, **self._overrides.get(part, {}), **self._overrides.get(replica, {})}

    @staticmethod
    def _addresses(ports: Mapping[str, int]) -> dict[str, str]:
        """`VOTING_URL` and its like: all replicas of a service, separated by commas."""
        urls = {
            f"{service.upper()}_URL": ",".join(
                f"http://{HOST}:{port}" for replica, port in ports.items() if replica.rpartition("-")[0] == service
            )
            for service in SERVICES
        }
        return urls | {"ISSUER": f"http://{HOST}:{ports['issuer-1']}"}
