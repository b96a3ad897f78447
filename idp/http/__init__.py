"""HTTP without a framework: request snapshot, response, router, cookies, headers, languages, templates."""
