"""The population register: compares name, number and phone, and knows who has custody of a child."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import PHONE, Operation, Order, Register, is_person, lines_of, matches
    from examples.authority.records import Records
else:  # run by its path, it finds them beside it
    from questions import PHONE, Operation, Order, Register, is_person, lines_of, matches
    from records import Records


def population_register(records: Records, issuer: str) -> Register:
    """Speaks `docs/contracts/population_register.json`."""

    def elements(order: Order) -> dict[str, Any]:
        told = order["person"]
        person = records.find(told["document"])
        if person is None:
            return {"outcome": "not_found"}
        if person.name != told["name"] or order.get("phone", person.phone) != person.phone:
            return {"outcome": "mismatch"}
        return {"outcome": "match", "is_deceased": person.is_deceased}

    def custody(order: Order) -> dict[str, Any]:
        guardian, child = (records.find(order[each]["document"]) for each in ("guardian", "child"))
        if guardian is None or child is None or not _are_named(order, guardian.name, child.name):
            return {"outcome": "not_found"}
        is_one = guardian.number in child.guardians and not (guardian.is_deceased or child.is_deceased)
        return {"outcome": "match" if is_one else "mismatch"}

    return Register(
        "population-answer+jwt",
        issuer,
        {
            "two_elements": Operation({"person": is_person}, lambda order: lines_of(order["person"]), elements),
            "three_elements": Operation(
                {"person": is_person, "phone": lambda phone: matches(PHONE, phone)},
                lambda order: (*lines_of(order["person"]), order["phone"]),
                elements,
            ),
            "guardian_of": Operation(
                {"guardian": is_person, "child": is_person},
                lambda order: (*lines_of(order["guardian"]), *lines_of(order["child"])),
                custody,
            ),
        },
    )


def _are_named(order: Order, guardian: str, child: str) -> bool:
    return bool(order["guardian"]["name"] == guardian and order["child"]["name"] == child)
