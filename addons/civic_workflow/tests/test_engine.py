from datetime import date, datetime, timedelta
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..tools import engine
from ..tools.calendar import Calendar
from ..tools.substitution import find_circle


class Facts:
    """Facts about a document, as a test states them."""

    def __init__(self, people, absent=(), broken=()):
        self._people, self._absent, self._broken = people, absent, broken

    def applies(self, step):
        if step.key in self._broken:
            raise engine.BrokenCondition
        return step.key not in self._absent

    def people(self, step):
        return self._people.get(step.key, ())

    def fallback(self):
        return ('admin',)


class Walk:
    """A case in memory: what the models do with the answers of the engine."""

    def __init__(self, route, facts):
        self.route, self.facts, self.tasks, self.opened = route, facts, [], []
        self.finished = self.home = False
        self.take(engine.start(route, facts))

    def take(self, progress):
        closed = {closing.key: closing for closing in progress.closings}
        self.tasks = [
            engine.Task(task.key, task.step, task.round, closed[task.key].state, task.people,
                        closed[task.key].acted_by, closed[task.key].note or task.note) if task.key in closed else task
            for task in self.tasks]
        for opening in progress.openings:
            self.opened.append((opening.step.key, opening.people, opening.note))
            self.tasks.append(engine.Task(
                len(self.tasks), opening.step, opening.round, opening.state, opening.people, opening.acted_by,
                opening.note))
        self.finished, self.home = progress.finished, progress.sent_home

    @property
    def open(self):
        return [task for task in self.tasks if task.state == engine.OPEN]

    def open_keys(self):
        return [task.step.key for task in self.open]

    def act(self, step, person):
        task = next(task for task in self.open if task.step.key == step)
        self.take(engine.act(self.route, self.facts, self.tasks, task.key, person))

    def send_back(self, step, person, stage=None):
        task = next(task for task in self.open if task.step.key == step)
        self.take(engine.send_back(self.route, self.facts, self.tasks, task.key, person, stage))


def route(*steps, **options):
    return engine.Route(tuple(steps), **options)


@tagged('post_install', '-at_install')
class TestEngine(TestCase):
    """The rules of a route, without the database."""

    test_tags = {'post_install'}

    def test_steps_follow_each_other_and_the_end_is_the_end(self):
        walk = Walk(route(engine.Step('a', 1), engine.Step('b', 2)), Facts({'a': ('u',), 'b': ('v',)}))
        self.assertEqual(walk.open_keys(), ['a'])
        walk.act('a', 'u')
        self.assertEqual(walk.open_keys(), ['b'])
        walk.act('b', 'v')
        self.assertTrue(walk.finished)

    def test_a_step_whose_condition_does_not_hold_is_left_out(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3)),
            Facts({'a': ('u',), 'b': ('v',), 'c': ('w',)}, absent={'a', 'b'}))
        self.assertEqual(walk.open_keys(), ['c'])

    def test_no_step_at_all_ends_at_once(self):
        self.assertTrue(Walk(route(), Facts({})).finished)
        self.assertTrue(Walk(route(engine.Step('a', 1)), Facts({'a': ('u',)}, absent={'a'})).finished)

    def test_nobody_is_there_so_the_administrators_get_it(self):
        walk = Walk(route(engine.Step('a', 1)), Facts({}))
        self.assertEqual((walk.open[0].people, walk.open[0].note), (('admin',), engine.NOBODY))

    def test_a_condition_that_cannot_be_read_keeps_the_step(self):
        walk = Walk(route(engine.Step('a', 1)), Facts({'a': ('u',)}, broken={'a'}))
        self.assertEqual((walk.open[0].people, walk.open[0].note), (('u',), engine.BROKEN))

    def test_who_has_just_approved_is_not_asked_again(self):
        steps = engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3)
        facts = Facts({'a': ('u',), 'b': ('u', 'v'), 'c': ('w',)})
        walk = Walk(route(*steps), facts)
        walk.act('a', 'u')
        self.assertEqual(walk.open_keys(), ['c'])
        self.assertEqual((walk.tasks[1].acted_by, walk.tasks[1].note), ('u', engine.ALREADY))
        asked = Walk(route(*steps, ask_once=False), facts)
        asked.act('a', 'u')
        self.assertEqual(asked.open_keys(), ['b'])

    def test_an_opinion_between_makes_the_approver_asked_again(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2, kind='opinion'), engine.Step('c', 3)),
            Facts({'a': ('u',), 'b': ('v',), 'c': ('u',)}))
        walk.act('a', 'u')
        walk.act('b', 'v')
        self.assertEqual(walk.open_keys(), ['c'])

    def test_the_same_people_get_one_task_of_steps_side_by_side(self):
        walk = Walk(route(engine.Step('a', 1), engine.Step('b', 1)), Facts({'a': ('u', 'v'), 'b': ('v', 'u')}))
        self.assertEqual(walk.open_keys(), ['a'])
        walk.act('a', 'u')
        self.assertTrue(walk.finished)

    def test_one_act_answers_all_steps_of_the_person_side_by_side(self):
        walk = Walk(route(engine.Step('a', 1), engine.Step('b', 1)), Facts({'a': ('u', 'v'), 'b': ('u',)}))
        walk.act('b', 'u')
        self.assertTrue(walk.finished)
        self.assertEqual(walk.tasks[0].note, engine.TOGETHER)

    def test_joins(self):
        people = Facts({'a': ('u',), 'b': ('v',), 'c': ('w',), 'd': ('x',)})
        for join, count, needed in (('all', 1, 3), ('any', 1, 1), ('count', 2, 2), ('count', 9, 3), ('count', 0, 1)):
            with self.subTest(join=join, count=count):
                walk = Walk(
                    route(*(engine.Step(key, 1, join=join, join_count=count) for key in 'abc'), engine.Step('d', 2)),
                    people)
                acted = 0
                for step, person in (('a', 'u'), ('b', 'v'), ('c', 'w')):
                    if step in walk.open_keys():
                        walk.act(step, person)
                        acted += 1
                self.assertEqual((acted, walk.open_keys()), (needed, ['d']))

    def test_information_holds_nothing_up(self):
        walk = Walk(
            route(engine.Step('i', 1, kind='inform'), engine.Step('a', 2), engine.Step('j', 3, kind='inform')),
            Facts({'i': ('u',), 'a': ('v',), 'j': ('w',)}))
        self.assertEqual(walk.open_keys(), ['i', 'a'])
        walk.act('a', 'v')
        self.assertTrue(walk.finished)
        self.assertEqual(walk.open_keys(), ['i', 'j'])
        with self.assertRaises(engine.CannotReturn):
            walk.send_back('j', 'w')

    def test_a_return_opens_the_earlier_step_and_asks_it_again(self):
        for where, stage, expected in (
                ('previous', None, ['b']), ('start', None, ['a']), ('any', 1, ['a']), ('any', None, ['b'])):
            with self.subTest(where=where, stage=stage):
                walk = Walk(
                    route(engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3, return_to=where)),
                    Facts({'a': ('u',), 'b': ('v',), 'c': ('w',)}))
                walk.act('a', 'u')
                walk.act('b', 'v')
                walk.send_back('c', 'w', stage)
                self.assertEqual(walk.open_keys(), expected)
                self.assertEqual(walk.open[0].round, 2)

    def test_a_return_asks_a_person_who_approved_before_it(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3)),
            Facts({'a': ('u',), 'b': ('v',), 'c': ('v', 'w')}))
        walk.act('a', 'u')
        walk.act('b', 'v')
        self.assertTrue(walk.finished)
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3)),
            Facts({'a': ('u',), 'b': ('u',), 'c': ('w',)}, ))
        walk.act('a', 'u')
        walk.send_back('c', 'w')
        self.assertEqual(walk.open_keys(), ['b'])

    def test_a_return_without_an_earlier_step_goes_home(self):
        walk = Walk(route(engine.Step('a', 1), engine.Step('b', 2)), Facts({'a': ('u',), 'b': ('v',)}))
        walk.send_back('a', 'u')
        self.assertTrue(walk.home)
        self.assertFalse(walk.open)

    def test_a_return_to_a_step_that_is_not_allowed_is_refused(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2), engine.Step('c', 3)),
            Facts({'a': ('u',), 'b': ('v',), 'c': ('w',)}))
        walk.act('a', 'u')
        walk.act('b', 'v')
        for stage in (1, 3, 4):
            with self.subTest(stage=stage), self.assertRaises(engine.CannotReturn):
                walk.send_back('c', 'w', stage)

    def test_a_loop_of_returns_comes_to_an_end(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2), max_returns=3), Facts({'a': ('u',), 'b': ('v',)}))
        for _number in range(3):
            walk.act('a', 'u')
            walk.send_back('b', 'v')
        walk.act('a', 'u')
        with self.assertRaises(engine.TooManyReturns):
            walk.send_back('b', 'v')
        walk.act('b', 'v')
        self.assertTrue(walk.finished)

    def test_an_act_on_a_closed_task_is_refused(self):
        walk = Walk(route(engine.Step('a', 1), engine.Step('b', 2)), Facts({'a': ('u',), 'b': ('v',)}))
        walk.act('a', 'u')
        with self.assertRaises(engine.NotOpen):
            engine.act(walk.route, walk.facts, walk.tasks, 0, 'u')

    def test_what_is_done_before_its_turn_overtakes(self):
        walk = Walk(
            route(engine.Step('a', 1), engine.Step('b', 2, kind='assign'), engine.Step('c', 3, kind='handle')),
            Facts({'a': ('u',), 'b': ('v',), 'c': ('w',)}))
        walk.take(engine.overtake(walk.route, walk.facts, walk.tasks, 'assign', 'x'))
        self.assertEqual(walk.open_keys(), ['c'])
        self.assertEqual([task.state for task in walk.tasks], ['cancelled', 'done', 'open'])
        self.assertIsNone(engine.overtake(walk.route, walk.facts, walk.tasks, 'assign', 'x'))

    def test_a_rehearsal_ends_each_step_at_its_deadline(self):
        steps = engine.Step('a', 1, days=2), engine.Step('b', 2), engine.Step('c', 3, days=1)
        planned = engine.rehearse(
            route(*steps), Facts({'a': ('u',), 'b': ('v',), 'c': ('w',)}), datetime(2026, 1, 1),
            lambda start, step: start + timedelta(days=step.days) if step.days else None)
        self.assertEqual(
            [(item.step.key, item.opened.day, item.deadline and item.deadline.day) for item in planned],
            [('a', 1, 3), ('b', 3, None), ('c', 3, 4)])


@st.composite
def cases(draw):
    """A route of up to six steps, people who overlap, conditions that hold or not, and a row of choices."""
    keys = 'abcdef'[:draw(st.integers(1, 6))]
    stage, steps, people = 0, [], {}
    for key in keys:
        if not stage or draw(st.booleans()):
            stage += 1
            join, count = draw(st.sampled_from(['all', 'any', 'count'])), draw(st.integers(0, 4))
        steps.append(engine.Step(
            key, stage, draw(st.sampled_from(['approve', 'approve', 'opinion', 'inform', 'assign'])), join, count,
            draw(st.sampled_from(['previous', 'start', 'any']))))
        people[key] = tuple(draw(st.lists(st.sampled_from('uvwx'), max_size=3)))
    facts = Facts(people, draw(st.sets(st.sampled_from(keys))), draw(st.sets(st.sampled_from(keys))))
    choices = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=40))
    return route(*steps, max_returns=draw(st.integers(0, 3)), ask_once=draw(st.booleans())), facts, choices


class TestEngineProperties(TestCase):
    """Whatever people do, in whatever order, on whatever route."""

    test_tags = {'post_install'}

    @settings(max_examples=300, deadline=None)
    @given(cases())
    def test_every_case_ends_and_asks_right(self, drawn):
        path, facts, choices = drawn
        walk = Walk(path, facts)
        acts = 0
        choices = iter(choices)
        while not walk.finished and not walk.home:
            blocking = [task for task in walk.open if task.step.blocks]
            # a case that has not ended waits for somebody, in one stage and one round only
            self.assertTrue(blocking)
            self.assertEqual(len({(task.step.stage, task.round) for task in blocking}), 1)
            self.assertTrue(all(task.people for task in blocking))
            # nobody has two tasks of the same people and kind at once
            twins = [(task.step.kind, frozenset(task.people)) for task in blocking if task.step.kind != 'assign']
            self.assertEqual(len(twins), len(set(twins)))
            index, who, back = next(choices, (0, 0, False))
            task = blocking[index % len(blocking)]
            person = task.people[who % len(task.people)]
            before = {other.key for other in walk.tasks}
            if back:
                try:
                    walk.send_back(task.step.key, person)
                except engine.TooManyReturns:
                    self.assertGreater(task.round, path.max_returns)
                    walk.act(task.step.key, person)
            else:
                walk.act(task.step.key, person)
                if path.ask_once and task.step.kind == 'approve':
                    # who approved just now is not asked to approve the stage that follows
                    for opened in walk.tasks:
                        if (opened.key not in before and opened.state == engine.OPEN and opened.note is None
                                and opened.step.kind == 'approve' and opened.step.stage > task.step.stage):
                            between = [other for other in walk.tasks if other.key not in before
                                       and other.step.blocks and other.step.stage < opened.step.stage]
                            if not between:
                                self.assertNotIn(person, opened.people)
            acts += 1
            # each round closes a task with every act, and rounds are limited
            self.assertLessEqual(acts, (path.max_returns + 1) * len(path.steps) + path.max_returns)
        # no step of the end is left waiting but what is for information
        self.assertFalse([task for task in walk.open if task.step.blocks])
        if walk.finished:
            last = max((task.round for task in walk.tasks), default=1)
            for stage in path.stages:
                here = [task for task in walk.tasks if task.step.stage == stage and task.step.blocks
                        and task.state in (engine.OPEN, engine.DONE) and task.round == last]
                if here:
                    self.assertTrue(engine._is_joined(here))

    @settings(max_examples=200, deadline=None)
    @given(cases())
    def test_a_rehearsal_opens_what_production_opens(self, drawn):
        path, facts, _choices = drawn
        planned = engine.rehearse(path, facts, 0, lambda start, step: None)
        walk = Walk(path, facts)
        while not walk.finished:
            task = next(task for task in walk.open if task.step.blocks)
            walk.act(task.step.key, task.people[0])
        self.assertEqual(
            [(item.step.key, item.people, item.note) for item in planned],
            walk.opened)


class TestCalendarOfDeadlines(TestCase):
    """Working days and hours; 2 January 2026 is a Friday."""

    test_tags = {'post_install'}

    def setUp(self):
        super().setUp()
        self.calendar = Calendar(lambda day: day.weekday() < 5 and day != date(2026, 1, 1))

    def test_days_end_with_the_work_of_the_day(self):
        self.assertEqual(self.calendar.add(datetime(2026, 1, 2, 9), days=1), datetime(2026, 1, 5, 17))
        self.assertEqual(self.calendar.add(datetime(2025, 12, 31, 9), days=1), datetime(2026, 1, 2, 17))

    def test_hours_count_only_while_people_work(self):
        for start, hours, expected in (
            (datetime(2026, 1, 2, 8), 2, datetime(2026, 1, 2, 10)),
            (datetime(2026, 1, 2, 11), 1, datetime(2026, 1, 2, 14)),
            (datetime(2026, 1, 2, 16), 2, datetime(2026, 1, 5, 8, 30)),
            (datetime(2026, 1, 3, 10), 1, datetime(2026, 1, 5, 8, 30)),
            (datetime(2026, 1, 2, 20), 0.5, datetime(2026, 1, 5, 8)),
            (datetime(2026, 1, 2, 7.5 and 7, 30), 7.5, datetime(2026, 1, 2, 17)),
        ):
            with self.subTest(start=start, hours=hours):
                self.assertEqual(self.calendar.add(start, hours=hours), expected)

    def test_no_days_and_no_hours_are_no_deadline(self):
        self.assertIsNone(self.calendar.add(datetime(2026, 1, 2, 9)))

    def test_a_calendar_without_work_does_not_run_for_ever(self):
        with self.assertRaises(ValueError):
            Calendar(lambda day: False).add(datetime(2026, 1, 2, 9), days=1)
        for periods in ((), ((9, 8),), ((9, 11), (10, 12)), ((9, 25),)):
            with self.subTest(periods=periods), self.assertRaises(ValueError):
                Calendar(lambda day: True, periods)

    @settings(max_examples=100, deadline=None)
    @given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), st.floats(0.1, 100))
    def test_hours_come_out_at_work_and_after_the_start(self, start, hours):
        due = self.calendar.add(start, hours=hours)
        self.assertGreater(due, start)
        self.assertTrue(self.calendar.is_working(due.date()))


class TestCircles(TestCase):
    """Who substitutes for whom."""

    test_tags = {'post_install'}

    def test_circles_of_any_length_on_a_common_day(self):
        day = [date(2026, 1, number) for number in range(1, 32)]
        first = ('a', 'b', day[0], day[9])
        for edges, expected in (
            ([], None),
            ([('b', 'a', day[0], day[9])], ['a', 'b', 'a']),
            ([('b', 'a', day[9], day[12])], ['a', 'b', 'a']),
            ([('b', 'a', day[10], day[12])], None),
            ([('b', 'c', day[0], day[9]), ('c', 'a', day[5], day[6])], ['a', 'b', 'c', 'a']),
            ([('b', 'c', day[0], day[4]), ('c', 'a', day[5], day[9])], None),
            ([('b', 'c', day[0], day[9]), ('c', 'b', day[0], day[9])], None),
        ):
            with self.subTest(edges=edges):
                self.assertEqual(find_circle(edges, first), expected)
        self.assertEqual(find_circle([], ('a', 'a', day[0], day[1])), ['a', 'a'])
