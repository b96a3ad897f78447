"""Numbers of generated requests that once found something, by endpoint; they are sent first for ever.

A number means what the grammar makes of it: whoever changes the grammar loses what it stood for, but not the test of its
own that each finding has.
"""

KEPT: tuple[tuple[str, int], ...] = (
    ("/clients", 577),  # a `subject_type` that cannot be hashed: tests/specs/test_rfc7591_registration.py
    ("/clients/<id>", 666),  # the same of an app that is there
    ("/authorize", 9290),  # DEL in a form that goes on as an address: tests/attacks/test_generated_requests.py
    ("/carriers/sms_http/reports", 1),  # quotation marks in an error_description: tests/idp/delivery/test_reports.py
)
