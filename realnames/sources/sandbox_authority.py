"""The face authority of demonstrations: the same contract, and a program that asks the person what it is to answer."""

from idp.ports import Source, SourceKind
from realnames.sources.face_authority import FaceAuthoritySettings, HttpFaceAuthority

SOURCE = Source(
    name="sandbox_authority",
    kind=SourceKind.FACE,
    settings=FaceAuthoritySettings,
    build=HttpFaceAuthority,
    is_sandbox=True,
)
