"""The embedded broker and the check of a given one."""

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local import broker
from deploy.local.addresses import HOST, free_row
from deploy.local.broker import check_given_broker, embedded_broker
from deploy.local.errors import CannotRun


async def test_what_is_said_to_it_is_heard_from_it(tmp_path: Path) -> None:
    port = free_row(1)
    process = embedded_broker(tmp_path, port, tmp_path / "log")
    process.start()
    try:
        await process.until_ready(10)
        await check_given_broker(f"nowhere.invalid:1,{HOST}:{port}")
        async with AIOKafkaProducer(bootstrap_servers=f"{HOST}:{port}") as producer:
            await producer.send_and_wait("voting.votes", b"for")
        async with AIOKafkaConsumer(
            "voting.votes", bootstrap_servers=f"{HOST}:{port}", auto_offset_reset="earliest"
        ) as consumer:
            assert (await consumer.getone()).value == b"for"
    finally:
        await process.stop()
    assert process.exit_code is not None


def test_its_program_is_kept_in_the_data_folder_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    process = embedded_broker(tmp_path, 1, tmp_path / "log")

    assert process.command[0] == str(tmp_path / "bin" / "tansu")
    assert not (tmp_path / "home").exists()


def test_a_half_copied_program_is_copied_again(tmp_path: Path) -> None:
    program = Path(embedded_broker(tmp_path, 1, tmp_path / "log").command[0])
    whole = program.stat().st_size
    program.write_bytes(b"half")

    embedded_broker(tmp_path, 1, tmp_path / "log")

    assert program.stat().st_size == whole


def test_a_program_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", "/opt/tansu")
    assert embedded_broker(tmp_path, 1, tmp_path / "log").command[0] == "/opt/tansu"


def test_a_platform_without_one_is_told_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "files", lambda package: tmp_path)
    with pytest.raises(CannotRun, match=r"no embedded Kafka broker for this platform.*KAFKA_URL"):
        embedded_broker(tmp_path, 1, tmp_path / "log")


@pytest.mark.parametrize("url", [f"{HOST}:1", "kafka", f"{HOST}:http", ""])
async def test_a_given_address_where_no_broker_is_is_said_so(url: str) -> None:
    with pytest.raises(CannotRun, match="No Kafka broker answers at KAFKA_URL"):
        await check_given_broker(url)
