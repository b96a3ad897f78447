"""What a sign-in must reach: rules as data, one pure decision."""
