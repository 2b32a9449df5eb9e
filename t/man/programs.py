"""The programs of a manual page, as its displays show them; see examples.py for
the marks."""


def patched(text, diff, name):
    """The text with a diff of complete context, or of hunks in order, applied
    to it; a context line that is not found is an error."""
    lines, result, at = text.split("\n")[:-1], [], 0
    for line in diff.split("\n")[:-1]:
        sign, rest = line[:1] or " ", line[1:]
        if line.startswith("@@"):
            start = int(line.split()[1].split(",")[0][1:]) - 1
            result += lines[at:start]
            at = start
        elif sign == "+":
            result.append(rest)
        elif at < len(lines) and lines[at] == rest:
            if sign != "-":
                result.append(rest)
            at += 1
        else:
            raise ValueError("%s: no such line: %s" % (name, rest))
    return "\n".join(result + lines[at:]) + "\n"


class Program:
    def __init__(self, page, name, options, text):
        self.page, self.name, self.options, self.text = \
            page, name, options, text
        self.output = None

    def title(self):
        return "%s: %s" % (self.page.file, self.name)


def programs_of(page):
    found, outputs = {}, {}
    for kind, name, options, text in page.displays():
        if kind == "output":
            outputs[name] = text
            continue
        if kind == "diff":
            text = patched(found[options["of"]].text, text, name)
        if "same" in options and text != found[options["same"]].text:
            raise ValueError("%s is not %s" % (name, options["same"]))
        if name in found:
            raise ValueError("%s is there twice" % name)
        found[name] = Program(page, name, options, text)
    for name, text in outputs.items():
        found[name].output = text
    return found.values()
