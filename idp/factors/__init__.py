"""One file, one authentication factor that is not biometric."""
