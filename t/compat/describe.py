"""The ABI as JSON, by gdb, from an object that has the debug information of
all types, the values of all constants, and pointers to all functions: json.sh
makes it. The environment has CONSTANTS, STRUCTS and FUNCTIONS: their names.
"""

import json
import os

import gdb


def names(what):
    return os.environ[what].split()


def text(kind):
    """A type as C writes it."""
    return str(kind)


def members(kind):
    """With those of an unnamed structure or union."""
    for field in kind.fields():
        if field.name:
            yield {"name": field.name, "type": text(field.type),
                   "offset": field.bitpos // 8, "size": field.type.sizeof}
        else:
            for inner in members(field.type):
                inner["offset"] += field.bitpos // 8
                yield inner


def struct(name):
    kind = gdb.lookup_type("struct " + name)
    return {"size": kind.sizeof, "members": list(members(kind))}


def function(name):
    kind = gdb.lookup_global_symbol("f_" + name).type.target()
    return {"returns": text(kind.target()),
            "parameters": [text(field.type) for field in kind.fields()]}


def lines(indent, items):
    """Each item on a line."""
    return (",\n" + " " * indent).join(items)


def block(name, items):
    """A member of the outermost object, with members of its own."""
    items = ["%s: %s" % (json.dumps(key), value) for key, value in items]
    return ' "%s": {\n  %s\n }' % (name, lines(2, items))


def struct_text(name):
    found = struct(name)
    return '{"size": %d, "members": [\n    %s]}' % (
        found["size"], lines(4, map(json.dumps, found["members"])))


ABOUT = ("libev.so.4 on Linux on x86-64, for bindings; see ev_ffi(7). "
         "Written by t/compat/json.sh.")
print("{\n%s\n}" % ",\n".join([
    ' "about": %s' % json.dumps(ABOUT),
    block("constants", [(name, int(gdb.parse_and_eval("c_" + name)))
                        for name in names("CONSTANTS")]),
    block("structs", [(name, struct_text(name)) for name in names("STRUCTS")]),
    block("functions", [(name, json.dumps(function(name)))
                        for name in names("FUNCTIONS")])]))
