"""What app plugs into the registry's node."""

from cryptography import x509

from dinh.trust import Key


class Authorities:
    """Whose certificates count in this country: for signatures, and for the time. Every node has it; the registry publishes it."""

    def __init__(self, roots: list[x509.Certificate], timestampers: list[x509.Certificate]) -> None:
        self.roots, self.timestampers = roots, timestampers


class RegistryKey:
    """The key that signs the configuration. Its private half is in the signer."""

    def __init__(self, key: Key) -> None:
        self.key = key
