"""Many people and apps at once, until told to stop."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.line import AnswerLostError, Line
from tests.faults.walks.browser import Browser, StrangePageError, question
from tests.faults.walks.consent import AllowAnApp
from tests.faults.walks.machine_token import ActForOneself
from tests.faults.walks.message_code import AskForAMessage
from tests.faults.walks.refresh import KeepRefreshing
from tests.faults.walks.sign_out import SignInAndOut
from tests.faults.walks.silent_sign_in import SilentSignIn
from tests.faults.walks.world import (
    ADDRESSEES,
    APPS,
    CONSENTING,
    MACHINES,
    PEOPLE,
    REFRESHING,
    VISITORS,
    Walk,
    World,
    register,
)

WALKERS = 96
WEIGHTS: dict[type[Walk], int] = {
    SilentSignIn: 45,
    KeepRefreshing: 20,
    ActForOneself: 15,
    SignInAndOut: 8,
    AllowAnApp: 6,
    AskForAMessage: 6,
}


def settle(world: World) -> None:
    """Register the apps, bring the people, and let some of them sign in."""
    register(world, (*APPS, *REFRESHING, *MACHINES, *CONSENTING))
    for _ in range(PEOPLE):
        world.people.put(world.idp.new_person())
    for _ in range(ADDRESSEES):
        world.addressees.put(world.idp.new_person())
    for _ in range(VISITORS):
        browser = Browser(Line(world.doors, world.traffic))
        browser.sign_in(question(APPS[0]), world.idp.new_person())
        browser.line.close()
        world.visitors.append(browser.cookies)
        for app in CONSENTING:
            world.unasked.put((browser.cookies, app))


@contextmanager
def load(world: World, walkers: int = WALKERS) -> Iterator[None]:
    """So many walkers, each on a line of its own; what goes wrong in one is raised at the end."""
    stop, failures = threading.Event(), list[BaseException]()
    walks = [walk(world) for walk in WEIGHTS]  # type: ignore[call-arg]

    def live() -> None:
        line = Line(world.doors, world.traffic)
        try:
            while not stop.is_set():
                (walk,) = random.choices(walks, list(WEIGHTS.values()))
                try:
                    walk.walk(line)
                except AnswerLostError:
                    continue
                except StrangePageError as strange:
                    world.strange[str(strange)] += 1
        except BaseException as failure:  # noqa: BLE001 - told by the thread that waits
            failures.append(failure)
        finally:
            line.close()

    threads = [threading.Thread(target=live) for _ in range(walkers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
