"""Officers' passkeys: bound to one device, of a certified model, by metadata whose signature leads to the named root."""

from pathlib import Path
from typing import Any

import pytest

from biometrics.authenticator_metadata import MetadataFault, is_certified, load
from biometrics.webauthn import WebAuthn
from idp.app.composition import install, load_settings
from idp.cli.check import remarks
from idp.ports import PasskeyFault, PasskeyPerson, PasskeyRefused, PasskeyRole
from idp.settings import SettingsFault
from tests.biometrics.software_authenticator import BE, BS, UP, UV, SoftwareAuthenticator
from tests.biometrics.toy_metadata import AAGUID, Authority, Maker, blob, new_root
from tests.idp.installed import environment
from tests.plugins.private_servers import StorageUrls

PERSON = PasskeyPerson(handle=b"h" * 32, label="officer", display_name="officer", present=())
CHALLENGE = b"c" * 40


@pytest.fixture(scope="module")
def root() -> Authority:
    return new_root()


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker()


def ceremonies(directory: Path, root: Authority, *entries: dict[str, Any]) -> WebAuthn:
    blob_file, root_file = directory / "blob.jwt", directory / "root.der"
    blob_file.write_bytes(blob(root, *entries))
    root_file.write_bytes(root.der)
    return WebAuthn(rp_id="localhost", origin="http://localhost:8000", name="city", metadata=load(blob_file, root_file))


def made(by: WebAuthn, device: SoftwareAuthenticator, role: PasskeyRole = PasskeyRole.OFFICER) -> PasskeyFault | None:
    """Why it was refused; None: it was taken."""
    answer = device.create(by.creation_options(PERSON, CHALLENGE, role))
    try:
        by.created(answer, CHALLENGE, role)
    except PasskeyRefused as refused:
        return refused.fault
    return None


def test_a_certified_model_is_taken(tmp_path: Path, root: Authority, maker: Maker) -> None:
    """Mutation: nobody is."""
    by = ceremonies(tmp_path, root, maker.entry("FIDO_CERTIFIED_L1"))
    device = SoftwareAuthenticator(aaguid=maker.aaguid, attest=maker.attest)
    assert '"attestation": "direct"' in by.creation_options(PERSON, CHALLENGE, PasskeyRole.OFFICER)
    assert made(by, device) is None


@pytest.mark.parametrize(
    "statuses",
    [
        ("NOT_FIDO_CERTIFIED",),
        ("SELF_ASSERTION_SUBMITTED",),
        ("FIDO_CERTIFIED_L2", "REVOKED"),
        ("FIDO_CERTIFIED_L1", "USER_KEY_REMOTE_COMPROMISE"),
        ("FIDO_CERTIFIED", "ATTESTATION_KEY_COMPROMISE"),
        ("USER_VERIFICATION_BYPASS", "FIDO_CERTIFIED_L3"),
    ],
)
def test_another_status_is_refused(tmp_path: Path, root: Authority, maker: Maker, statuses: tuple[str, ...]) -> None:
    """I07. Mutations: any status; the last one counts alone."""
    by = ceremonies(tmp_path, root, maker.entry(*statuses))
    device = SoftwareAuthenticator(aaguid=maker.aaguid, attest=maker.attest)
    assert made(by, device) is PasskeyFault.NOT_CERTIFIED
    assert not is_certified(statuses)


def test_nobody_says_of_themselves_what_model_they_are(tmp_path: Path, root: Authority, maker: Maker) -> None:
    """I07. Mutations: the AAGUID is believed; attestation `none` is enough; a chain to any root is."""
    by = ceremonies(tmp_path, root, maker.entry("FIDO_CERTIFIED_L1"))
    assert made(by, SoftwareAuthenticator(aaguid=maker.aaguid)) is PasskeyFault.NOT_CERTIFIED
    forger = Maker()  # of the same name, with keys of its own
    device = SoftwareAuthenticator(aaguid=maker.aaguid, attest=forger.attest)
    assert made(by, device) in {PasskeyFault.NOT_CERTIFIED, PasskeyFault.NOT_VERIFIED}
    unknown = Maker(aaguid=bytes(15) + b"\1")
    device = SoftwareAuthenticator(aaguid=unknown.aaguid, attest=unknown.attest)
    assert made(by, device) is PasskeyFault.NOT_CERTIFIED


@pytest.mark.parametrize("has_metadata", [False, True])
def test_an_officers_is_bound_to_one_device_and_a_citizens_may_be_shared(
    tmp_path: Path, root: Authority, maker: Maker, *, has_metadata: bool
) -> None:
    """Mutations: the roles are mixed up; without metadata everything passes."""
    bare = WebAuthn(rp_id="localhost", origin="http://localhost:8000", name="city")
    by = ceremonies(tmp_path, root, maker.entry("FIDO_CERTIFIED_L1")) if has_metadata else bare
    shared = SoftwareAuthenticator(flags=UP | UV | BE | BS, aaguid=maker.aaguid, attest=maker.attest)
    assert made(by, shared) is PasskeyFault.SYNCED
    assert made(by, shared, PasskeyRole.CITIZEN) is None
    plain = SoftwareAuthenticator()
    assert made(by, plain, PasskeyRole.CITIZEN) is None
    assert made(by, plain) is (PasskeyFault.NOT_CERTIFIED if has_metadata else None)


def test_a_blob_of_another_root_is_no_metadata(tmp_path: Path, root: Authority, maker: Maker) -> None:
    """Mutations: the signature is not looked at; the chain is not."""
    good = blob(root, maker.entry("FIDO_CERTIFIED_L1"))
    root_file, blob_file = tmp_path / "root.der", tmp_path / "blob.jwt"
    root_file.write_bytes(root.der)
    head, payload, signature = good.split(b".")
    other = blob(root, maker.entry("FIDO_CERTIFIED_L3")).split(b".")[1]
    for bad in (blob(new_root()), b".".join((head, other, signature)), b"", b"a.b.c", good[:-10], payload):
        blob_file.write_bytes(bad)
        with pytest.raises(MetadataFault):
            load(blob_file, root_file)
    blob_file.write_bytes(good)
    by = WebAuthn(rp_id="localhost", origin="http://localhost:8000", name="city", metadata=load(blob_file, root_file))
    assert made(by, SoftwareAuthenticator(aaguid=maker.aaguid, attest=maker.attest)) is None
    root_file.write_bytes(b"no certificate")
    with pytest.raises(MetadataFault):
        load(blob_file, root_file)


def test_an_installation_without_metadata_says_so_and_one_with_bad_metadata_does_not_start(
    tmp_path: Path, root: Authority, maker: Maker
) -> None:
    """`idp check`. Mutations: silence; a bad blob is taken for none."""
    sqlite_urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    bare = install(load_settings(None, environment(sqlite_urls, tmp_path)))
    assert any("metadata" in remark for remark in remarks(bare))
    bare.storage.close()
    files = {"BLOB": blob(root, maker.entry("FIDO_CERTIFIED")), "ROOT": root.der}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    named = {f"IDP_PASSKEYS__METADATA_{name}": str(tmp_path / name) for name in files}
    good = install(load_settings(None, environment(sqlite_urls, tmp_path, **named)))
    assert not any("metadata" in remark for remark in remarks(good))
    good.storage.close()
    (tmp_path / "ROOT").write_bytes(new_root().der)
    with pytest.raises(SettingsFault, match="passkeys"):
        install(load_settings(None, environment(sqlite_urls, tmp_path, **named)))
    with pytest.raises(SettingsFault):
        load_settings(None, environment(sqlite_urls, tmp_path, IDP_PASSKEYS__METADATA_BLOB="x"))
    assert AAGUID.count("-") == 4
