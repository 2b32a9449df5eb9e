/* Reads programs of operations from a file, and runs each in a process of its
 * own: programs leave much behind, or crash.
 *
 * The file's format is that of driver.c. What an operation is, the including
 * driver knows: its types Op, Group, Cell and Verb come first.
 */
#ifndef PROGRAMS_H_
#define PROGRAMS_H_

#include <ctype.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "say.h"

/* How a driver runs a program. */
typedef struct Runner {
    void (*begin)(unsigned backend);
    void (*line)(char* line, int scripts); /* the scripts are read first */
    void (*end)(void);
    void (*died)(void); /* in the parent, of a program that ended badly */
} Runner;

static void complain(const char* what, const char* text)
{
    fprintf(stderr, "driver: %s: %s\n", what, text);
    exit(2);
}

static const Verb* verb_find(const Verb* verbs, size_t count, const char* name)
{
    for (size_t i = 0; name && i < count; ++i)
        if (!strcmp(verbs[i].name, name)) return &verbs[i];
    complain("no such operation", name ? name : "");
    return NULL;
}

static Cell* cell_find(const char* name)
{
    Cell* c = name && isdigit((unsigned char)name[1])
                ? cell_at(name[0], atoi(name + 1))
                : NULL;
    if (!c) complain("no such watcher", name ? name : "");
    return c;
}

/* The watcher that is named next, if this operation is on one. */
static Cell* operand_find(const Verb* verb, char** rest)
{
    if (!*verb->on) return NULL;
    Cell* c = cell_find(strtok_r(NULL, " \n", rest));
    if (!strchr(verb->on, c->kind)) complain("not for this kind", verb->name);
    return c;
}

static void numbers_read(int* numbers, int most, char** rest)
{
    for (int i = 0; i < most; ++i) {
        const char* number = strtok_r(NULL, " \n", rest);
        if (!number) break;
        numbers[i] = atoi(number);
    }
}

static Op op_parse(char* text);

static Group group_parse(char* text)
{
    char* rest;
    Group g = {NULL, 0};
    Op* ops = (Op*)calloc(strlen(text) + 1, sizeof *ops);
    if (!ops) abort();
    for (char* part = strtok_r(text, ";\n", &rest); part;
         part = strtok_r(NULL, ";\n", &rest))
        if (part[strspn(part, " ")]) ops[g.count++] = op_parse(part);
    g.ops = ops;
    return g;
}

static void script_add(const char* name, char* text)
{
    Cell* c = cell_find(name);
    if (c->length == group_most) complain("too long a script", name);
    c->script[c->length++] = group_parse(text);
}

/* The reference has no kqueue: it runs on another backend instead. */
static unsigned backend_here(unsigned backend, unsigned instead)
{
    backend &= 15;
    return REFERENCE && backend == EVBACKEND_KQUEUE ? instead : backend;
}

static void program_run(const Runner* runner, char* text, unsigned backend)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    runner->begin(backend);
    for (int scripts = 1; scripts >= 0; --scripts) {
        char *rest, *copy = strdup(text);
        for (char* line = strtok_r(copy, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
            runner->line(line, scripts);
    }
    runner->end();
    _exit(0);
}

static void program_fork(const Runner* runner, const char* heading, char* text)
{
    char name[64];
    unsigned backend;
    int status;
    if (sscanf(heading, "%63s %u", name, &backend) != 2)
        complain("no name and backend", heading);
    trace->used = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) program_run(runner, text, backend);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
    printf("program %s\n", name);
    fwrite(trace->text, 1, trace->used, stdout);
    if (status && runner->died) runner->died();
    printf("\nended by %d\n",
           WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static char* file_read(const char* path)
{
    FILE* file = fopen(path, "r");
    struct stat st;
    if (!file || fstat(fileno(file), &st)) complain("cannot read", path);
    char* text = (char*)calloc((size_t)st.st_size + 1, 1);
    if (!text || fread(text, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
        complain("cannot read", path);
    fclose(file);
    return text;
}

/* All programs of that text. */
static void programs_run(const Runner* runner, char* text)
{
    static const char mark[] = "program ";
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    trace_open();
    for (char* next = strstr(text, mark); next;) {
        char* heading = next + sizeof mark - 1;
        char* body = heading + strcspn(heading, "\n");
        next = strstr(body, mark);
        if (next) next[-1] = 0;
        if (*body) *body++ = 0;
        program_fork(runner, heading, body);
    }
}

#endif
