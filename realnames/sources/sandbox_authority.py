"""The face authority of demonstrations: the same contract, and a program that asks the person what it is to answer."""

from dataclasses import replace

from realnames.sources import face_authority

SOURCE = replace(face_authority.SOURCE, name="sandbox_authority", is_sandbox=True)
