"""A new pair of keys for service tokens, printed as two lines that Compose's .env and kubectl's env files both read."""

from chassis.trust import new_keys


def main() -> None:
    """SERVICE_KEY is for the gateway alone; SERVICE_KEYS proves its tokens to the services."""
    for name, pem in zip(("SERVICE_KEY", "SERVICE_KEYS"), new_keys(), strict=True):
        print(f"{name}={pem.strip()}".replace("\n", "\\n"))


if __name__ == "__main__":
    main()
