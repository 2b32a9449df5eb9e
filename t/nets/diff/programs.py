"""Random programs for the driver: the operations, and their probabilities.

Every program uses only some of the features, so that each feature appears in
many combinations, also small ones.
"""

import random
import re

KINDS = {
    "timer": "T", "periodic": "P", "io": "I", "idle": "D", "prepare": "R",
    "check": "C", "fork": "F", "cleanup": "X", "async": "A", "signal": "S",
    "child": "K", "stat": "V", "embed": "E",
}
MANY = {"T": 8, "P": 6, "I": 6, "E": 1}
CHANGES_FDS = re.compile("(start|stop) [IAS]|open|close|modify")
MOVABLE = "TPIDRCFXAS"
OFTEN = {"T": 3, "I": 4}
COMMON = {"timer": 0.8, "io": 0.6, "run": 0.7, "script": 0.85, "child": 0.15,
          "embed": 0.15, "signal": 0.3, "stat": 0.2, "two": 0.4}
EXTRAS = ["once", "run", "break", "reference", "hook", "collect", "suspend",
          "jump", "script", "two", "feed", "acquire", "kill", "reuse"]


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        rnd = self.rng.random
        self.features = {name for name in list(KINDS) + EXTRAS
                         if rnd() < COMMON.get(name, 0.4)}
        f = self.features
        self.priorities = 5
        if "fork" in f and self.wakes():
            f -= {"idle", "hook"} | ({"acquire"} if "child" in f else set())
            self.priorities = 4  # not that of these wake-ups
        # When an embedded loop forks, 4.33 restarts watchers of its own. A
        # copy of a closed fd makes it poll that loop once more.
        if "embed" in f:
            f -= {"fork", "reuse"}
            f.add("two")
        self.kinds = [letter for name, letter in KINDS.items()
                      if name in f] or ["T"]
        # When select finds a dead fd, 4.33 polls others an iteration later.
        if self.wakes():
            f.discard("kill")
        self.slots = 1 if "kill" in f else 3
        # With asyncs there would be two wake-up fds, in any order.
        self.signalfd = int("async" not in f and rnd() < 0.5)
        self.choices = list(self.table())

    def wakes(self):
        """The library has wake-ups of its own. While these are pending, they
        are counted and hold up idle watchers, and 4.33 has more of them
        after a fork."""
        return bool(self.features & {"async", "signal", "child", "embed"})

    def below(self, n):
        return self.rng.randrange(n)

    def between(self, low, high):
        return self.rng.randint(low, high)

    def cell(self, kinds=None):
        kinds = kinds or self.kinds
        kind = self.rng.choices(kinds, [OFTEN.get(k, 1) for k in kinds])[0]
        return kind + str(self.below(MANY.get(kind, 3)))

    def loop(self):
        return self.below(2) if "two" in self.features else 0

    def has(self, *kinds):
        return [kind for kind in kinds if kind in self.kinds]

    def setting(self):
        cell = self.cell()
        kind, priority = cell[0], self.below(self.priorities)
        few = self.rng.random() < 0.4
        if few:
            priority = 2
        numbers = {
            "T": (self.between(-8, 64), self.below(2) * self.below(64)),
            "P": (self.between(-16, 64), self.below(90), self.below(3)),
            "I": (self.below(self.slots), self.below(4)),
            "S": (self.below(4),),
            "K": (self.below(4), self.below(2)),
            "V": (self.below(2), self.below(2) * self.below(200)),
            "E": (self.below(2),),
        }.get(kind, ())
        return " ".join(map(str, ("set", cell, priority) + numbers))

    def bits(self):
        return self.rng.choice([1, 2, 3, 256, 1 << 24])

    def table(self):
        """Pairs of weight and maker, for the features of this program."""
        f, b, r = self.features, self.below, self.between
        yield 9, lambda: f"start {self.cell()}"
        yield 5, lambda: f"stop {self.cell()}"
        yield 5, self.setting
        yield 3, lambda: f"advance {b(10)}"
        yield 1, lambda: f"advance {b(40) * 20}"
        yield 1, lambda: f"now {self.loop()}"
        if "fork" in f:
            yield 1, lambda: f"fork {self.loop()}"
        if "feed" in f:
            yield 2, lambda: f"feed {self.cell()} {self.bits()}"
            yield 2, lambda: f"clear {self.cell()}"
            yield 1, lambda: f"invoke {self.cell()} {self.bits()}"
            yield 1, lambda: f"pass {self.loop()}"
        if self.has("T", "P"):
            yield 3, lambda: f"again {self.cell(self.has('T', 'P'))}"
            yield 2, lambda: (f"tune {self.cell(self.has('T', 'P'))}"
                              f" {b(60)} {b(60)} {b(3)}")
        if "I" in self.kinds or "once" in f:
            yield from self.table_of_files()
        if "A" in self.kinds:
            yield 5, lambda: f"send {self.cell('A')}"
        if "S" in self.kinds:
            yield 4, lambda: f"raise {b(4)}"
            yield 1, lambda: f"feedsignal {b(4)}"
            yield 1, lambda: f"feedsignalevent {self.loop()} {b(4)}"
        if "K" in self.kinds:
            yield 3, lambda: f"spawn {b(4)}"
            yield 3, lambda: f"finish {b(4)} {b(256)}"
            if not self.signalfd:  # else the driver cannot await SIGCHLD
                yield 1, lambda: f"halt {b(4)}"
                yield 1, lambda: f"continue {b(4)}"
        if "V" in self.kinds:
            yield 3, lambda: f"file {b(2)} {b(3)}"
            yield 2, lambda: "advance 330"
        if "E" in self.kinds:
            yield 1, lambda: "sweep E0"
        if "once" in f:
            yield 2, lambda: f"once {self.cell('O')} {b(2)} {b(4)} {r(-4, 40)}"
        if "run" in f:
            yield 2, self.run
        if "break" in f:
            yield 2, lambda: f"break {self.loop()} {b(4)}"
        if "two" in f:
            yield 1, lambda: f"move {self.cell(MOVABLE)} {b(2)}"
        if "reference" in f:
            yield 1, lambda: f"ref {self.loop()}"
            yield 1, lambda: f"unref {self.loop()}"
        if "hook" in f:
            yield 1, lambda: f"hook {self.loop()} {b(3)}"
        if "collect" in f:
            yield 1, lambda: f"collect {self.loop()} {b(12)} {b(12)}"
        if "suspend" in f:
            yield 1, lambda: f"suspend {self.loop()} {b(99)}"
        if "jump" in f:
            yield 1, lambda: f"jump {r(-600, 600)}"

    def table_of_files(self):
        b, s = self.below, lambda: self.below(self.slots)
        yield 4, lambda: f"write {s()}"
        yield 2, lambda: f"read {s()}"
        yield 1, lambda: f"fill {s()}"
        yield 1, lambda: f"drain {s()}"
        yield 1, lambda: f"shut {s()}"
        yield 2, lambda: f"modify {self.cell('I')} {b(4)}"
        yield 1, lambda: f"feedfd {self.loop()} {s()} {b(4)}"
        yield 1, lambda: f"open {s()} {b(5)}"
        if "reuse" in self.features:
            yield 2, lambda: f"open {s()} {b(5)}"
            # A copy of a closed fd makes 4.33 call fork watchers, on epoll.
            if "fork" not in self.features:
                yield 1, lambda: f"dup {s()} {s()}"
            yield 1, lambda: f"close {s()}"
        if "kill" in self.features:
            yield 1, lambda: f"kill {s()}"

    def run(self):
        return f"run {self.loop()} {self.rng.choice([0, 1, 1, 2, 2])}"

    def operation(self):
        weights = [weight for weight, _ in self.choices]
        makers = [make for _, make in self.choices]
        return self.rng.choices(makers, weights)[0]()

    def scripted(self):
        """4.33 runs an embedded loop again as long as its callbacks change
        what it watches; we leave the second time to the outer loop."""
        operation = self.operation()
        while "embed" in self.features and CHANGES_FDS.match(operation):
            operation = self.operation()
        return operation

    def script(self):
        if "acquire" in self.features and self.below(8) == 0:
            fed = self.cell([k for k in self.kinds if k != "E"] or ["T"])
            return (f"Q{self.below(2)}: feed {fed} {self.bits()};"
                    f" advance {self.below(4)}")
        cell = self.cell(self.kinds + ["O"] * ("once" in self.features))
        count = self.rng.choice([0, 1, 1, 2, 3, 4])
        return f"{cell}: " + "; ".join(
            self.scripted() for _ in range(count))

    def program(self):
        f, wakes = self.features, self.wakes()
        default = "child" in f or (wakes and self.below(3) == 0)
        # With a timerfd, 4.33 reads both clocks on the first start of a
        # periodic, and calls reschedule callbacks again after a fork.
        timerfd = (wakes and not f & {"idle", "jump", "fork", "embed"}
                   and self.below(3) == 0)
        signals = 2 * self.below(2) + self.signalfd
        lines = [f"config {int(default)} {signals} {int(timerfd)}"
                 f" {int(not wakes)}"]
        lines += [f"open {slot} 0" for slot in range(self.slots)]
        if "two" in f:
            lines += [f"move {self.cell(self.has(*MOVABLE) or ['T'])} 1"
                      for _ in range(self.between(2, 14))]
        lines += [self.setting() for _ in range(self.between(4, 20))]
        lines += [f"start {self.cell()}" for _ in range(self.between(2, 12))]
        for _ in range(self.between(8, 30)):
            lines += [self.operation() for _ in range(self.below(5))]
            lines.append(self.run())
            if self.below(40) == 0:
                lines.append(f"remake {self.loop()}")
        if "script" in f:
            lines += self.scripts()
        return lines

    def scripts(self):
        lines, room = [], {}
        for _ in range(self.between(5, 80)):
            line = self.script()
            cell = line.split(":")[0]
            room[cell] = room.get(cell, 0) + 1
            if room[cell] <= 20:
                lines.append(line)
        return lines


def program(seed):
    return Generator(seed).program()
