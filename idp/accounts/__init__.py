"""People: finding them by what they type, and the rights they hold."""
