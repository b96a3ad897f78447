"""The one cross-device approval engine (QR, device grant, CIBA, operator-assisted). Still empty."""
