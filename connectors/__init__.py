"""The outside world that signs in through us, or through which we sign in."""
