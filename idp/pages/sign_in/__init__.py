"""The steps of a sign-in (/s/<handle> …): who, one proof or two, what the app may know."""
