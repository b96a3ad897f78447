"""What telephones read: the dark parts are those that segno worked out, with white around them."""

import re

import segno

from idp.http.qr_code import qr_code


def test_the_path_covers_the_dark_modules_and_nothing_else() -> None:
    """Mutations: rows and columns swapped; a run that ends at the border lost; no quiet zone."""
    text = "otpauth://totp/issuer:139****0001?secret=ABCDEFGHIJKLMNOP&issuer=issuer"
    drawing = qr_code(text)
    dark = set()
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", drawing.path):
        assert width == back
        dark |= {(int(x) + step, int(y)) for step in range(int(width))}
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=4))
    assert dark == {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}
    assert drawing.size == len(rows)
    assert min(min(place) for place in dark) == 4
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", drawing.path)
