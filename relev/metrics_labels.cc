// The samples of relev_metrics_text, and the labels of the program.

#include "metrics_text.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

void Scrape::head(const Family& family)
{
    text.put("# TYPE relev_"), text.put(family.name);
    text.put(' '), text.put(family.type);
    text.put("\n# HELP relev_"), text.put(family.name);
    text.put(' '), text.put(family.help), text.put('\n');
}

void escaped_put(Text& text, const char* value)
{
    for (; *value; ++value) {
        if (*value == '"' || *value == '\\') text.put('\\');
        if (*value == '\n') text.put("\\n");
        else text.put(*value);
    }
}

void Scrape::sample(const char* suffix, const char* label, const char* value)
{
    bool theirs = labels && *labels;
    text.put("relev_"), text.put(name), text.put(suffix);
    if (label || theirs) text.put('{');
    if (theirs) text.put(labels);
    if (theirs && label) text.put(',');
    if (label) {
        text.put(label), text.put("=\"");
        escaped_put(text, value);
        text.put('"');
    }
    if (label || theirs) text.put('}');
    text.put(' ');
}

[[gnu::cold]] void callback_put(Text& to, const struct relev_callback& one)
{
    if (one.callback) put_function(to, one.callback);
    else to.put("other");
}

[[gnu::cold]] uint64_t callback_hash(const struct relev_callback& one)
{
    char name[1000];
    Text to = {name, sizeof name, 0};
    callback_put(to, one);
    to.end();
    uint64_t hash = 0;
    for (const char* at = name; *at; ++at)
        hash = (hash ^ static_cast<unsigned char>(*at)) * 0x100000001b3;
    return hash;
}

// A name that is cut off could be that of two callbacks.
void Scrape::sample(const char* suffix, const struct relev_callback& one,
                    bool ambiguous)
{
    char function[1000];
    Text to = {function, sizeof function, 0};
    callback_put(to, one);
    if (ambiguous) to.put(" at "), to.put(one.callback);
    if (to.end() >= to.size) to.length = 0, to.put(one.callback);
    to.end();
    bool theirs = labels && *labels;
    text.put("relev_"), text.put(name), text.put(suffix), text.put('{');
    if (theirs) text.put(labels), text.put(',');
    text.put("callback=\""), escaped_put(text, function);
    if (one.callback)
        text.put("\",kind=\""), text.put(kind_name(kind_index(one.type)));
    text.put("\"} ");
}

void Scrape::number(relev_count value)
{
    text.digits<10>(value);
    text.put('\n');
}

void Scrape::seconds(ev_tstamp value)
{
    assert(value >= 0);
    auto nsec = static_cast<uint64_t>(value * ev_tstamp(1e9) + ev_tstamp(.5));
    text.digits<10>(nsec / 1000000000);
    text.put('.');
    text.digits<10>(nsec % 1000000000, 9);
    text.put('\n');
}

bool name_char(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

bool names_equal(const char* a, const char* b, size_t length)
{
    return !strncmp(a, b, length) && !name_char(b[length], false);
}

constexpr const char* own_names[] = {"kind", "le", "callback"};

// How long a character of UTF-8 is; 0: it is none.
[[gnu::cold]] int character_size(const char* text)
{
    constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    auto* c = reinterpret_cast<const unsigned char*>(text);
    if (c[0] < 0x80) return 1;
    if (c[0] < 0xc0 || c[0] >= 0xf8) return 0;
    int size = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    uint32_t value = c[0] & (0x7fu >> size);
    for (int i = 1; i < size; ++i) {
        if ((c[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (c[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value < 0xe000;
    bool legal = value >= least[size] && value < 0x110000 && !surrogate;
    return legal ? size : 0;
}

// The end of NAME="VALUE"; null: it is illegal. Names with two underscores are
// reserved: __name__ would be that of the sample.
[[gnu::cold]] const char* label_end(const char* at)
{
    const char* name = at;
    while (name_char(*at, at == name)) ++at;
    auto length = static_cast<size_t>(at - name);
    if (name[0] == '_' && name[1] == '_') return nullptr;
    for (const char* own : own_names)
        if (length == strlen(own) && names_equal(name, own, length))
            return nullptr;
    if (!length || at[0] != '=' || at[1] != '"') return nullptr;
    for (at += 2; *at != '"'; at += character_size(at)) {
        if (!*at || *at == '\n' || !character_size(at)) return nullptr;
        if (*at == '\\' && (!*++at || !strchr("\\\"n", *at))) return nullptr;
    }
    return at + 1;
}

// Is the name of this label also that of a later one? All are legal.
[[gnu::cold]] bool label_repeated(const char* name)
{
    size_t length = strcspn(name, "=");
    assert(length && name[length]);
    for (const char* at = label_end(name); *at; at = label_end(at))
        if (names_equal(name, ++at, length)) return true;
    return false;
}

[[gnu::cold]] bool label_list_legal(const char* labels)
{
    for (const char* at = labels; *at;) {
        at = label_end(at);
        if (!at || (*at && *at != ',') || (*at && !at[1])) return false;
        at += *at != 0;
    }
    for (const char* at = labels; *at; at += *at != 0) {
        if (label_repeated(at)) return false;
        at = label_end(at);
    }
    return true;
}

// Is each label of `a` that has a value also in `b`? All are legal.
[[gnu::cold]] bool labels_within(const char* a, const char* b)
{
    for (const char *at = a, *end; *at; at = end + (*end == ',')) {
        end = label_end(at);
        auto size = static_cast<size_t>(end - at);
        bool found = !strncmp(end - 3, "=\"\"", 3);
        assert(size > 3);
        for (const char *of = b, *to; *of && !found; of = to + (*to == ',')) {
            to = label_end(of);
            found =
                size == static_cast<size_t>(to - of) && !memcmp(at, of, size);
        }
        if (!found) return false;
    }
    return true;
}

[[gnu::cold]] bool labels_legal(struct ev_loop* const* loops,
                                const char* const* labels, int count)
{
    if (!loops || count < 0 || (count > 1 && !labels)) return false;
    for (int i = 0; i < count; ++i) {
        const char* own = labels && labels[i] ? labels[i] : "";
        if (!loops[i] || !label_list_legal(own)) return false;
        for (int k = 0; k < i; ++k) {
            const char* other = labels[k] ? labels[k] : "";
            if (labels_within(own, other) && labels_within(other, own))
                return false;
        }
    }
    return true;
}

}}  // evi

#endif
