"""The card reader of demonstrations: the same contract, and a program that makes cards of made-up people."""

from dataclasses import replace

from realnames.sources import card_reader

SOURCE = replace(card_reader.SOURCE, name="sandbox_card_reader", is_sandbox=True)
