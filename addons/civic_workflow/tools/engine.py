"""The rules of a route, in plain Python: who gets what next.

Production and simulation run this same code. It knows nothing of the database: a route is a tuple of steps, what
is true of the document comes from ``facts``, what happened so far is a list of tasks, and every act returns a
:class:`Progress` that says what to open and what to close.

A route is a row of stages; the steps of one stage run side by side. A stage ends when its steps join: all of them,
any one, or a number of them. Steps that do not block (for information) never hold anything up.
A return opens an earlier stage again in a new round: what was done from there on counts no more.
"""
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

APPROVE, OPINION, INFORM = 'approve', 'opinion', 'inform'
OPEN, DONE, RETURNED, SKIPPED, CANCELLED = 'open', 'done', 'returned', 'skipped', 'cancelled'
# One act answers for every step of these kinds that waits for the same person.
MERGEABLE = (APPROVE, OPINION, INFORM)

# Why a step did not go to the people it names, or was not asked at all.
NOBODY = 'nobody'                           # nobody fills the role: it went to the administrators
BROKEN = 'broken'                           # its condition cannot be read: the step holds
ALREADY = 'already'                         # the person has just approved
SAME = 'same'                               # the same people have another step beside it
TOGETHER = 'together'                       # answered by the same act
NOT_NEEDED = 'not_needed'                   # the others were enough
SENT_BACK = 'sent_back'                     # another step returned the document
LATE = 'late'                               # skipped because late
OVERTAKEN = 'overtaken'                     # a later step was done first


class RouteError(Exception):
    """An act that the route does not allow; the message is for logs, callers word it for people."""


class NotOpen(RouteError):
    pass


class CannotReturn(RouteError):
    pass


class TooManyReturns(RouteError):
    pass


class BrokenCondition(Exception):
    """Raised by facts when a condition cannot be evaluated."""


@dataclass(frozen=True)
class Step:
    key: Hashable
    stage: int
    kind: str = APPROVE
    join: str = 'all'                       # of the stage: all, any, count
    join_count: int = 1
    return_to: str = 'previous'             # previous, start, any
    days: int = 0                           # working days ...
    hours: float = 0                        # ... or working hours; neither: no deadline
    grace: int = 0                          # working days after the deadline before anything happens
    late: str = 'remind'                    # remind, escalate, skip

    @property
    def blocks(self) -> bool:
        return self.kind != INFORM


@dataclass(frozen=True)
class Route:
    steps: tuple[Step, ...]
    ask_once: bool = True                   # who has just approved is not asked again
    max_returns: int = 10

    @property
    def stages(self) -> list[int]:
        return sorted({step.stage for step in self.steps})

    def at(self, stage: int) -> list[Step]:
        return [step for step in self.steps if step.stage == stage]

    def step(self, key) -> Step:
        return next(step for step in self.steps if step.key == key)


class Facts(Protocol):
    """What the engine asks about one document."""

    def applies(self, step: Step) -> bool: ...

    def people(self, step: Step) -> Iterable[Hashable]: ...

    def fallback(self) -> Iterable[Hashable]: ...


@dataclass(frozen=True)
class Task:
    """A step that was put before people, as it stands now."""

    key: Hashable
    step: Step
    round: int
    state: str
    people: tuple = ()
    acted_by: Hashable = None
    note: str | None = None


@dataclass(frozen=True)
class Opening:
    """A task to create; a step that needs no act is recorded at once as done or skipped."""

    step: Step
    round: int
    people: tuple
    state: str = OPEN
    acted_by: Hashable = None
    note: str | None = None


@dataclass(frozen=True)
class Closing:
    """A task to close."""

    key: Hashable
    state: str
    acted_by: Hashable = None
    note: str | None = None


@dataclass(frozen=True)
class Progress:
    openings: tuple[Opening, ...] = ()
    closings: tuple[Closing, ...] = ()
    round: int = 1
    finished: bool = False
    sent_home: bool = False                 # returned with no earlier step: back to whoever started


# === ACTS === #

def start(route: Route, facts: Facts) -> Progress:
    """Open the first stage that has something to do."""
    return _advance(route, facts, [], None, 1)


def act(route: Route, facts: Facts, tasks: list[Task], key, person) -> Progress:
    """The task is done by the person (in whose name it is done, if somebody acts for another)."""
    task = _find_open(tasks, key)
    closings = [Closing(key, DONE, person)]
    for other in tasks:
        if (other.state == OPEN and other.key != key and other.round == task.round
                and other.step.stage == task.step.stage and other.step.kind == task.step.kind
                and task.step.kind in MERGEABLE and person in other.people):
            closings.append(Closing(other.key, DONE, person, TOGETHER))
    return _after(route, facts, tasks, closings, task)


def skip(route: Route, facts: Facts, tasks: list[Task], key) -> Progress:
    """A late step that may be skipped is passed over."""
    task = _find_open(tasks, key)
    return _after(route, facts, tasks, [Closing(key, SKIPPED, None, LATE)], task)


def get_return_targets(route: Route, tasks: list[Task], task: Task) -> list[Step]:
    """The earlier steps, first one first, that the task may return the document to."""
    acted = {other.step.stage for other in tasks if other.state == DONE and other.step.blocks}
    stages = [stage for stage in route.stages if stage < task.step.stage and stage in acted]
    if task.step.return_to == 'previous':
        stages = stages[-1:]
    elif task.step.return_to == 'start':
        stages = stages[:1]
    return [step for stage in stages for step in route.at(stage) if step.blocks]


def send_back(route: Route, facts: Facts, tasks: list[Task], key, person, stage: int | None = None) -> Progress:
    """Return the document to an earlier stage (the last allowed one if none is named), or home if there is none."""
    task = _find_open(tasks, key)
    if task.step.kind == INFORM:
        raise CannotReturn
    if task.round > route.max_returns:
        raise TooManyReturns
    closings = [Closing(key, RETURNED, person)]
    closings += [
        Closing(other.key, CANCELLED, None, SENT_BACK) for other in tasks
        if other.state == OPEN and other.step.blocks and other.key != key]
    allowed = [step.stage for step in get_return_targets(route, tasks, task)]
    if stage is not None and stage not in allowed:
        raise CannotReturn
    if not allowed:
        return Progress(closings=tuple(closings), round=task.round, sent_home=True)
    target = allowed[-1] if stage is None else stage
    previous = [other for other in route.stages if other < target]
    progress = _advance(route, facts, [], previous[-1] if previous else None, task.round + 1)
    return replace(progress, closings=tuple(closings))


def overtake(route: Route, facts: Facts, tasks: list[Task], kind: str, person) -> Progress | None:
    """Somebody did what a step of the kind asks for, perhaps before its turn: that step is done, those before it
    are asked no more. None: no such step is open or to come."""
    current = next((task for task in tasks if task.state == OPEN and task.step.kind == kind), None)
    if current:
        return act(route, facts, tasks, current.key, person)
    blocking = [task for task in tasks if task.state == OPEN and task.step.blocks]
    here = max((task.step.stage for task in blocking), default=None)
    if here is None:
        return None
    step = next((step for step in route.steps if step.kind == kind and step.stage > here), None)
    if step is None:
        return None
    number = blocking[0].round
    closings = tuple(Closing(task.key, CANCELLED, None, OVERTAKEN) for task in blocking)
    done = Opening(step, number, (person,), DONE, person, OVERTAKEN)
    rest = _open_stage(route, facts, step.stage, number, set(), without=step)
    # what stood beside the step is still asked, unless the step is enough
    beside = [Task(None, opening.step, number, opening.state, opening.people, opening.acted_by, opening.note)
              for opening in (done, *rest)]
    if not _is_joined(beside):
        return Progress((done, *rest), closings, number)
    rest = [opening for opening in rest if not opening.step.blocks]
    progress = _advance(route, facts, [], step.stage, number)
    return replace(progress, openings=(done, *rest, *progress.openings), closings=closings)


# === STAGES === #

def _find_open(tasks, key) -> Task:
    task = next((task for task in tasks if task.key == key), None)
    if task is None or task.state != OPEN:
        raise NotOpen(key)
    return task


def _after(route, facts, tasks, closings, task) -> Progress:
    """Close the tasks and, if that ends the stage, go on."""
    closed = {closing.key: closing for closing in closings}
    now = [
        replace(other, state=closed[other.key].state, acted_by=closed[other.key].acted_by)
        if other.key in closed else other
        for other in tasks]
    if not task.step.blocks:
        return Progress(closings=tuple(closings), round=task.round)
    here = [other for other in now if other.round == task.round and other.step.stage == task.step.stage]
    if not _is_joined(here):
        return Progress(closings=tuple(closings), round=task.round)
    closings += [
        Closing(other.key, CANCELLED, None, NOT_NEEDED) for other in here if other.state == OPEN and other.step.blocks]
    progress = _advance(route, facts, here, task.step.stage, task.round)
    return replace(progress, closings=tuple(closings))


def _is_joined(tasks) -> bool:
    """Whether the steps of one stage and round, as they stand, end the stage."""
    blocking = [task for task in tasks if task.step.blocks and task.state in (OPEN, DONE)]
    if not any(task.state == OPEN for task in blocking):
        return True
    done = sum(task.state == DONE for task in blocking)
    step = blocking[0].step
    needed = {'all': len(blocking), 'any': 1}.get(step.join, max(1, step.join_count))
    return done >= min(needed, len(blocking))


def _advance(route, facts, here, stage, number) -> Progress:
    """Open the stages after ``stage`` until one of them waits for somebody, or the route is at its end."""
    approvers = _get_approvers(here)
    openings = []
    for following in route.stages:
        if stage is not None and following <= stage:
            continue
        opened = _open_stage(route, facts, following, number, approvers)
        openings += opened
        tasks = [Task(None, opening.step, number, opening.state, opening.people, opening.acted_by, opening.note)
                 for opening in opened]
        if not _is_joined(tasks):
            return Progress(tuple(openings), (), number)
        # a stage that is enough by what was approved before opens nothing else that blocks
        openings = [opening for opening in openings if opening.state != OPEN or not opening.step.blocks]
        if any(opening.step.blocks for opening in opened):
            approvers = _get_approvers(tasks)
    return Progress(tuple(openings), (), number, finished=True)


def _get_approvers(tasks) -> set:
    return {
        task.acted_by for task in tasks
        if task.state == DONE and task.step.kind == APPROVE and task.acted_by is not None}


def _open_stage(route, facts, stage, number, approvers, without=None) -> list[Opening]:
    openings = []
    for step in route.at(stage):
        if step is without:
            continue
        note = None
        try:
            if not facts.applies(step):
                continue
        except BrokenCondition:
            note = BROKEN                   # nobody is left out because of a condition that cannot be read
        people = tuple(dict.fromkeys(facts.people(step)))
        if not people:
            people, note = tuple(dict.fromkeys(facts.fallback())), NOBODY
        approver = next((person for person in people if person in approvers), None)
        if step.kind == APPROVE and route.ask_once and approver is not None and note is None:
            openings.append(Opening(step, number, people, DONE, approver, ALREADY))
        elif step.kind in MERGEABLE and people and any(
                other.state == OPEN and other.step.kind == step.kind and set(other.people) == set(people)
                for other in openings):
            openings.append(Opening(step, number, people, SKIPPED, None, SAME))
        else:
            openings.append(Opening(step, number, people, OPEN, None, note))
    return openings


# === REHEARSAL === #

@dataclass(frozen=True)
class Planned:
    """One step of a rehearsal: who gets it, from when, until when."""

    step: Step
    people: tuple
    opened: object
    deadline: object
    note: str | None
    asked: bool                             # False: recorded without being put before anybody


def rehearse(route: Route, facts: Facts, begin, get_deadline) -> list[Planned]:
    """Walk the whole route as if everybody did the task, in the last moment that its deadline allows.

    :param begin: when the route starts
    :param get_deadline: function of (moment, step) that returns the deadline of the step, or None
    """
    clock = begin
    progress = start(route, facts)
    tasks: list[Task] = []
    planned = []
    while True:
        by_key = {closing.key: closing for closing in progress.closings}
        tasks = [replace(task, state=by_key[task.key].state, acted_by=by_key[task.key].acted_by)
                 if task.key in by_key else task for task in tasks]
        for opening in progress.openings:
            asked = opening.state == OPEN
            planned.append(Planned(
                opening.step, opening.people, clock, get_deadline(clock, opening.step) if asked else None,
                opening.note, asked))
            tasks.append(Task(
                len(planned) - 1, opening.step, opening.round, opening.state, opening.people, opening.acted_by,
                opening.note))
        waiting = [task for task in tasks if task.state == OPEN and task.step.blocks]
        if not waiting:
            return planned
        # the order in which deadlines come decides which ones a join leaves out
        task = min(waiting, key=lambda waiting: (planned[waiting.key].deadline or clock, waiting.key))
        clock = max(clock, planned[task.key].deadline or clock)
        progress = act(route, facts, tasks, task.key, task.people[0] if task.people else None)
