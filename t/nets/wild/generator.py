"""Wild programs for driver.c: what can happen, and how often it does.

A program has a few themes, so that what belongs together comes together.
"""

import random

import idioms

KIND_OF = {"signals": "S", "async": "A", "stat": "V", "embed": "E",
           "periodics": "P", "idle": "D", "hooks": "RCF", "children": "K"}
COMMON = {"putoff": 0.4, "stale": 0.3, "files": 0.2, "child": 0.25,
          "signals": 0.3, "stat": 0.25, "mistakes": 0.12, "setnow": 0.07,
          "bad": 0.07, "real": 0.02}
THEMES = ["putoff", "stale", "interrupt", "limit", "child", "signals", "async",
          "stat", "embed", "periodics", "idle", "hooks", "children", "mistakes",
          "setnow", "files", "behind", "closefrom", "jumps", "collect", "feed",
          "bad", "script", "move", "remake", "two", "real", "clock"]


def themes(rnd):
    t = {name for name in THEMES if rnd() < COMMON.get(name, 0.15)}
    if "real" in t:
        return {"real", "signals", "async", "periodics"}
    if "jumps" in t:
        t.add("periodics")
    # Only files of an embedded loop must wake the outer one.
    if "embed" in t:
        t |= {"move", "two"}
        t -= {"signals", "async"}
    return t


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.themes = themes(self.rng.random)
        self.kinds = "TTIII" + "".join(
            letters for theme, letters in KIND_OF.items()
            if theme in self.themes)
        self.choices = list(self.operations()) + list(idioms.idioms(self))

    def below(self, n):
        return self.rng.randrange(n)

    def slot(self):
        return self.below(3)

    def cell(self, kinds=None):
        kind = self.rng.choice(kinds or self.kinds)
        return f"{kind}{self.below(2 if kind in 'TVE' else 3)}"

    def loop(self):
        return self.below(2) if "two" in self.themes else 0

    def ticks(self):
        return self.rng.choice([1, 2, 3, 4, 5, 8, 13])

    def events(self):
        events = self.rng.choice([1, 1, 1, 2, 3, 0])
        # How often a file is ready for writing before it is for reading, too,
        # no rule says if time is real.
        return events & 1 if "real" in self.themes else events

    def arguments(self, kind):
        b = self.below
        slot = self.slot()
        if "bad" in self.themes and b(4) == 0:
            slot = 8 + b(2)
        sorts = 4 if "jumps" in self.themes else 3
        numbers = {
            "T": (self.ticks() - 1, b(2) * self.ticks()),
            "P": (self.ticks(), self.ticks(), b(sorts)),
            "I": (slot, self.events(), b(4) == 0),
            "S": (b(3),),
            "K": (b(3),),
            "V": (b(3), self.rng.choice([-64, 0, 1, 8, 10, 20])),
            "E": (b(3), b(2)),
        }.get(kind, ())
        return " ".join(str(int(n)) for n in numbers)

    def set(self):
        cell = self.cell()
        # The order in which the kernel reports files is not defined.
        priority = int(cell[1]) if cell[0] == "I" else self.below(5)
        return f"set {cell} {priority} {self.arguments(cell[0])}"

    def file_kind(self):
        return self.rng.choice([0, 0, 1, 2, 4] + 5 * [3] * ("files" in
                                                           self.themes))

    def outside(self):
        """What may happen while a loop waits."""
        b, t = self.below, self.themes
        makers = [lambda: f"write {self.slot()}"] * 4
        if "limit" not in t:  # select knows no hang-up of a write end
            makers.append(lambda: f"shut {self.slot()}")
        makers.append(lambda: f"drain {self.slot()}")
        if "interrupt" in t:
            makers += [lambda: "raise 3"] * 3
        if "signals" in t:
            makers += [lambda: f"raise {b(3)}"] * 3
        if "children" in t:
            makers += [lambda: "spawn"] * 2
        if "async" in t:
            makers += [lambda: f"send {self.cell('A')}"] * 3
        if "stat" in t:
            makers.append(lambda: f"file {b(3)} {b(4)}")
        if "stale" in t:
            makers.append(lambda: f"uncopy {self.slot()}")
        if "clock" in t:
            makers.append(lambda: f"jump {b(200) - 100}")
        return self.rng.choice(makers)()

    def operations(self):
        """Pairs of weight and maker, for the themes of this program."""
        t, b = self.themes, self.below
        yield 6, lambda: f"start {self.cell()}"
        yield 3, lambda: f"stop {self.cell()}"
        yield 4, self.set
        yield 3, lambda: f"open {self.slot()} {self.file_kind()}"
        yield 5, self.outside
        yield 1, lambda: f"advance {self.ticks()}"
        yield 1, lambda: f"fill {self.slot()}"
        if "putoff" in t:
            yield 5, lambda: f"again {self.cell('T')}"
            yield 1, lambda: f"tune {self.cell('T')} {self.ticks()}"
        if "periodics" in t:
            yield 2, lambda: f"again {self.cell('P')}"
        if "stale" in t:
            yield 4, lambda: f"copy {self.slot()}"
            yield 4, lambda: f"close {self.slot()}"
        if "limit" in t:
            # An embedded loop without any set is heard by nobody.
            limits = [0, 0, 1, 2] + [-1, -2] * ("embed" not in t)
            yield 4, lambda: f"limit {self.rng.choice(limits)}"
            yield 1, lambda: "unlimit"
        if "embed" in t:
            yield 1, lambda: f"sweep {self.cell('E')}"
        if "mistakes" in t:
            yield 4, self.init
            yield 2, self.setnow
        if "setnow" in t:
            yield 4, lambda: (f"setnow {self.cell('T')} "
                              f"{self.ticks() * self.rng.choice([1, 50])} "
                              f"{b(2) * self.ticks()}")
        if "files" in t:
            yield 4, lambda: f"open {self.slot()} 3"
        if "behind" in t:
            yield 2, lambda: f"behind {self.slot()}"
            yield 2, lambda: f"swap {self.slot()} {self.file_kind()}"
        if "closefrom" in t:
            yield 2, lambda: "closefrom"
        if "collect" in t:
            yield 2, lambda: f"collect {self.loop()} {b(5)} {b(5)}"
        if "feed" in t:
            yield 2, lambda: f"feed {self.cell()} {1 << b(9)}"
        if "move" in t:
            yield 2, lambda: f"move {self.cell()} {b(3)}"
        if "remake" in t:
            yield 1, lambda: f"remake {self.loop()}"
        if t & {"child", "closefrom"}:
            yield 1, lambda: "renew"

    def init(self):
        cell = self.cell()
        return f"init {cell} {self.arguments(cell[0])}"

    def setnow(self):
        cell = self.cell()
        return f"setnow {cell} {self.arguments(cell[0])}"

    def operation(self):
        weights = [weight for weight, _ in self.choices]
        makers = [make for _, make in self.choices]
        return self.rng.choices(makers, weights)[0]()

    def child(self):
        """It may stop and destroy what it likes before it tells the loops,
        and run them after that."""
        kinds = self.kinds
        before = [f"{self.rng.choice(['stop', 'start'])} {self.cell(kinds)}"
                  for _ in range(self.below(3))]
        if self.below(4) == 0:
            return "child: " + "; ".join(before + [f"destroy {self.loop()}"])
        if "limit" in self.themes:
            before.append(f"limit {self.below(2)}")
        after = [self.operation() for _ in range(self.below(4))]
        return "child: " + "; ".join(
            before + ["renew"] * (self.below(4) > 0) + after + [self.run()])

    def run(self):
        return f"run {self.loop()} {self.rng.choice([0, 0, 1, 2, 2])}"

    def block(self):
        lines = [self.operation() for _ in range(self.below(5))]
        lines += [f"at {self.ticks()} {self.outside()}"
                  for _ in range(self.below(4))]
        if "child" in self.themes and self.below(3) == 0:
            lines.append(self.child())
        return lines + [self.run()]

    def config(self):
        b, t = self.below, self.themes
        timerfd = b(3) == 0 and not t & {"child", "closefrom"}
        inotify = "stat" in t and "stale" not in t and b(2)
        flags = (b(2) * 1 + (b(3) == 0) * 2 + timerfd * 4 + inotify * 8
                 + (b(3) == 0) * 16)
        failure = 2 if "jumps" in t else int("limit" in t or b(4) > 0)
        default = "children" in t or b(2)
        uptime = self.rng.choice([1, 1, 10, 1000000])
        return f"config {int(default)} {flags} {uptime} {failure}" \
               f" {int('real' in t)}"

    def opened(self):
        return [f"open {slot} {self.rng.choice([0, 0, 0, 1, 4])}"
                for slot in range(3)]

    def real_program(self):
        """Each watcher that is to be called will be, at whatever time."""
        ats = [f"at {self.ticks()} {self.outside()}"
               for _ in range(2 + self.below(6))]
        return ([self.config()] + self.opened()
                + [f"collect 0 {self.below(5)} {self.below(5)}"]
                + [self.set() for _ in range(8)]
                + [f"start {self.cell()}" for _ in range(8)] + ats
                + ["run 0 0"])

    def program(self):
        if "real" in self.themes:
            return self.real_program()
        lines = [self.config()] + self.opened()
        if "stat" in self.themes:
            lines.append(f"file {self.below(3)} {self.below(3)}")
        if "embed" in self.themes:
            lines.append("move E1 1")
        if "move" in self.themes:
            lines += [f"move {self.cell()} {self.below(2)}"
                      for _ in range(self.below(4))]
        lines += [self.set() for _ in range(4 + self.below(8))]
        lines += [f"start {self.cell()}" for _ in range(3 + self.below(8))]
        for _ in range(2 + self.below(6)):
            lines += self.block()
        if "script" in self.themes:
            kinds = self.kinds.replace("F", "")
            lines += [f"{self.cell(kinds)}: " + "; ".join(
                self.operation() for _ in range(self.below(4)))
                for _ in range(self.below(12))]
        return lines


def program(seed):
    return Generator(seed).program()
