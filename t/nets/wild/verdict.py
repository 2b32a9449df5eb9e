"""Judges a program by the traces that it left.

A fault is a tuple: a line that names it, the same for all programs with that
fault, and lines of detail.
"""

import itertools
import re

CHANGES = {"init", "setnow"}
# What is no error to be told by libev, or needs more descriptors there.
CHANNEL = "(libev) error creating signal/async pipe"
# Who rebuilds an epoll set at once may find no descriptor, who does it an
# iteration later may find some. A child needs one for its kqueue: it has none
# that could be closed before.
UNTOLD = ("told a mistake", CHANNEL, "told a shortage: (libev) epoll_create",
          "told a shortage: (libev) kqueue")
DEAD = "80000003"
FREE = " or not"  # of a call for which there is no rule
ABORTED = "ended by -6"  # after what may have been said


def results(trace):
    """All but the operations, which are repeated for the reader."""
    return [line for line in trace if line and not line.startswith("> ")]


def words(lines):
    """Every operation of a program, as a list of words."""
    for line in lines:
        body = line.split(":")[-1]
        for operation in body.split(";"):
            parts = operation.split()
            if parts and parts[0] == "at":
                parts = parts[2:]
            if parts:
                yield parts


def config(lines):
    for parts in words(lines[:1]):
        if parts[0] == "config":
            return [int(n) for n in parts[1:]]
    return [0] * 5


def is_real(lines):
    return config(lines)[4:5] == [1]


def is_napping(lines):
    """The loop's own descriptors are beyond the limit. If a closed file has a
    copy, the epoll set cannot be replaced, and the loop sleeps between two
    polls."""
    return any(parts[0] == "copy" for parts in words(lines)) and any(
        parts[0] == "limit" and int(parts[1]) < 0 for parts in words(lines))


def is_vague(lines):
    """Nobody can say when somebody is called: time is real, or the loop naps
    between two polls, or the clock jumps while 4.33's poll is refused, so that
    it reads the clock more often."""
    verbs = {parts[0] for parts in words(lines)}
    return (is_real(lines) or "collect" in verbs or {"limit", "jump"} <= verbs
            or is_napping(lines))


def changes(lines):
    """The kinds of watchers that are changed while they may be active."""
    return {parts[1][0] for parts in words(lines) if parts[0] in CHANGES
            and not (parts[0] == "setnow" and parts[1][0] == "P")}


def is_mistaken(lines):
    """So that there is no rule for what comes of it."""
    return any(parts[0] == "init" for parts in words(lines)) or bool(
        changes(lines) - {"T"})


def is_alone(lines, reference):
    """No comparison: libev goes on without some watchers; when it finds a dead
    one, it polls others an iteration later; it lets embedded loops be late."""
    return (is_mistaken(lines)
            or any(parts[0] == "closefrom" or parts[1:2] in (["E0"], ["E1"])
                   for parts in words(lines))
            or any(DEAD in line for line in reference))


def moment(line):
    """Of the call of a watcher, or the end of a run: what falls on one moment
    has no order for which there is a rule."""
    match = re.match(r"(child: )?(?:[A-Z]\d [0-9a-f]+|left \d) (at \d+)", line)
    return match and match.groups()


def told(trace):
    return [line for line in results(trace) if "told " in line
            and not any(text in line for text in UNTOLD)]


def mistakes(trace):
    return sorted({line for line in results(trace) if "told " in line})


def plain(trace):
    """What must be the same with libev, in an order that is. The number of
    iterations need not be; and descriptors closed under the loop's eyes make
    4.33 call fork watchers."""
    lines = [line for line in results(trace)
             if "told " not in line and not re.search(r"[RCDFE]\d ", line)]
    sorted_lines = []
    for when, group in itertools.groupby(lines, moment):
        sorted_lines += sorted(group) if when else list(group)
    return sorted_lines


def timeless(trace):
    """What must be the same if time is vague: who was called, and for what."""
    return sorted({line.split(" at ")[0] for line in results(trace)
                   if re.match(r"[A-Z]\d ", line) or line.startswith("ended")})


def ticks(line):
    match = re.search(r" at (\d+)", line)
    return int(match[1]) if match else 0


def sections(trace):
    """By turns what the program sees, and what a child of it."""
    found = [[]]
    for line in results(trace):
        if line in ("forks", "joins"):
            found.append([])
        else:
            found[-1].append(line)
    return found


def ruled(*traces):
    """The traces up to the first call for which there is no rule: up to its
    moment, since what falls on one moment has no order. A child does not change
    what its parent sees."""
    kept = [[] for _ in traces]
    for number, same in enumerate(
            itertools.zip_longest(*map(sections, traces), fillvalue=[])):
        free = [ticks(line) for lines in same for line in lines
                if line.endswith(FREE)]
        for lines, section in zip(kept, same):
            lines += itertools.takewhile(
                lambda line: not free or ticks(line) < min(free), section)
        if free and number % 2 == 0:
            break
    return kept


def fork_calls(trace):
    return {line for line in trace if re.match(r"F\d 20000", line)}


def names(trace):
    return {line.split()[0] for line in trace if line.endswith(FREE)}


def timeless_pair(ours, other):
    """Without watchers that may be called or not. libev calls fork watchers
    also when it rebuilds its epoll set, after an event of a file that the loop
    does not watch any more."""
    free = names(ours) | names(other)
    ours, other = ([line for line in timeless(trace)
                    if line.split()[0] not in free]
                   for trace in (ours, other))
    more = fork_calls(other) - fork_calls(ours)
    return ours, [line for line in other if line not in more]


def plain_pair(ours, other):
    if plain(ours) == plain(other):
        return plain(ours), plain(other)
    return tuple(map(plain, ruled(ours, other)))


def nameless(text):
    """Without the numbers of watchers and moments, to name a fault."""
    text = re.sub(r" at \d+(?: or not)?$|0x\w+|==\d+==", "", text)
    return re.sub(r"\b([A-Z])\d\b", r"\1", text)


def difference(ours, other, title):
    same = 0
    while same < min(len(ours), len(other)) and ours[same] == other[same]:
        same += 1
    here, there = (lines[same] if same < len(lines) else "nothing"
                   for lines in (ours, other))
    return ((f"{title}: {nameless(there)}, ours: {nameless(here)}",)
            + tuple(f"both: {line}" for line in ours[max(0, same - 3):same])
            + tuple(f"ours: {line}" for line in ours[same:same + 3])
            + tuple(f"{title}: {line}" for line in other[same:same + 3]))


def bad_end(trace):
    if trace[-1] == "ended by 0":
        return None
    wrong = [line for line in trace if "wrong: " in line]
    said = [line for line in trace if line.startswith("said ")]
    return wrong[-1].split("wrong: ")[-1] if wrong else " ".join(
        trace[-1:] + said)


def unhurried(trace):
    """What is told may be told sooner or later, as a descriptor's number
    goes."""
    return mistakes(trace) + [line for line in results(trace)
                              if "told " not in line]


def mistakes_of_io(trace):
    """By whom they were made depends on what ran before, too."""
    return sorted({line.removeprefix("child: ") for line in mistakes(trace)
                   if "ev_io" in line})


def comparison(lines, side, ours, other):
    """What of a trace must be the same. A closed descriptor, too, may be found
    sooner or later, and a script run so make other mistakes."""
    if side == "far" and any(DEAD in line for line in ours + other):
        return mistakes_of_io
    if is_real(lines):
        return timeless
    return unhurried if side == "far" else results


def verdict(lines, sides):
    """A fault or None; and whether there was a comparison with libev."""
    ours, reference = sides["ours"], sides.get("reference")
    bad = bad_end(ours)
    aborted = reference and ours[-1] == reference[-1] == ABORTED
    if not config(lines)[3] and (aborted or bad and CHANNEL in bad):
        return None, False  # the system failed, and there is no callback
    if bad:
        return (nameless(bad), bad), False
    for side in sides.keys() - {"ours", "reference"}:
        if side == "debug" and changes(lines):
            continue  # ev_verify would find it
        bad = bad_end(sides[side])
        if bad:
            return (f"{side}: {nameless(bad)}", bad), False
        same = comparison(lines, side, ours, sides[side])
        if same(sides[side]) != same(ours):
            return difference(same(ours), same(sides[side]), side), False
    if not reference or bad_end(reference) or is_alone(lines, reference):
        return None, False
    if set(told(ours)) - set(told(reference)):
        return difference(told(ours), told(reference), "libev"), True
    pair = timeless_pair if is_vague(lines) else plain_pair
    here, there = pair(ours, reference)
    if here != there:
        return difference(here, there, "libev"), True
    return None, True
