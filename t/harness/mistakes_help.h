/* Errors of programs, each made three times: with a syserr callback, which
 * receives it; with an error callback, which receives its details, and a syserr
 * callback that must not be called; and without either, when it must be
 * survived in silence. libev has no error callback. */
#ifndef MISTAKES_HELP_H_
#define MISTAKES_HELP_H_

#include <errno.h>

#include "calls.h"

static int reports; /* since the last look; -1: nobody is listening */

static inline void report(const char* what)
{
    assert_true(what && *what);
    assert_true(errno != 0);
    ++reports;
}

#if HAS_RELEV

/* What the error callback received, in order: mistakes, which the syserr
 * callback receives as well, and faults. */
typedef struct Told {
    struct relev_error errors[64];
    int count;
} Told;

static Told told_mistakes, told_faults;
static int told_listens; /* there is an error callback */

static inline int told_is_fault(const struct relev_error* error)
{
    return (error->code >= RELEV_E_FD_CLOSED && error->code <= RELEV_E_FD_OWN)
        || error->code == RELEV_E_CHANGED || error->code == RELEV_E_PRIORITY;
}

static inline void told(struct ev_loop* loop, const struct relev_error* error,
                        void* data)
{
    Told* list = told_is_fault(error) ? &told_faults : &told_mistakes;
    assert_non_null(loop);
    assert_ptr_equal(data, &told_mistakes);
    assert_true(error->text && strlen(error->text) > 4);
    if (list->count < 64) list->errors[list->count++] = *error;
    if (list == &told_mistakes) ++reports;
}

static inline struct relev_error told_take(Told* list)
{
    struct relev_error first = list->errors[0];
    assert_true(list->count > 0);
    memmove(list->errors, list->errors + 1,
            (size_t)--list->count * sizeof *list->errors);
    return first;
}

static inline void told_check(Told* list, int code, int type, const void* w,
                              int number)
{
    struct relev_error error;
    char line[200];

    if (!told_listens) return;
    error = told_take(list);
    if (error.code != code || error.type != type || error.watcher != w
        || error.number != number) {
        relev_error_format(&error, line, sizeof line);
        fail_msg("code %d for %d: %s", error.code, code, line);
    }
}

/* The next mistake. */
#define told_next(code, type, w, number)                                  \
    (reports > 0 ? (void)--reports : (void)assert_int_equal(reports, -1), \
     told_check(&told_mistakes, RELEV_E_##code, type, w, number))

/* One more mistake of the same operation: the syserr callback receives the
 * first only. */
#define told_more(code, type, w, number) \
    (told_listens ? told_next(code, type, w, number) : (void)0)

/* The next fault: only the error callback receives it. */
#define told_fault(code, type, w, number) \
    told_check(&told_faults, RELEV_E_##code, type, w, number)

#define no_faults() assert_int_equal(told_faults.count, 0)

static inline void told_forget(void)
{
    told_mistakes.count = told_faults.count = 0;
}

static inline void errors_begin(void)
{
    reports = told_mistakes.count = told_faults.count = 0;
    told_listens = 1;
    relev_set_error_cb(NULL, told, &told_mistakes);
}

static inline void errors_end(void)
{
    relev_set_error_cb(NULL, NULL, NULL);
    told_listens = told_mistakes.count = told_faults.count = 0;
}

static inline void never_told(const char* what)
{
    fail_msg("the syserr callback was called: %s", what);
}

static inline void made_with_errors(void (*mistake)(void))
{
    errors_begin();
    ev_set_syserr_cb(never_told);
    mistake();
    ev_set_syserr_cb(NULL);
    errors_end();
}

#else

#define told_next(code, type, w, number) \
    ((void)(type), (void)(w), (void)(number), reports > 0 ? --reports : reports)
#define told_more(code, type, w, number) \
    ((void)(type), (void)(w), (void)(number))
#define told_fault(code, type, w, number) told_more(code, type, w, number)
#define no_faults() ((void)0)

enum { told_listens = 0 };

static inline void told_forget(void) {}
static inline void errors_begin(void) {}
static inline void errors_end(void) {}

static inline void made_with_errors(void (*mistake)(void)) { (void)mistake; }

#endif

static inline void made_twice(void (*mistake)(void))
{
    made_with_errors(mistake);
    reports = 0;
    ev_set_syserr_cb(report);
    mistake();
    ev_set_syserr_cb(NULL);
    reports = -1;
    mistake();
}

static inline int reports_take(int expected)
{
    int seen = reports < 0 ? expected : reports;
    if (reports > 0) reports = 0;
    return seen;
}

/* However many there were. */
static inline void reports_forget(void)
{
    told_forget();
    if (reports > 0) reports = 0;
}

#define assert_reports(n) assert_int_equal(reports_take(n), n)

/* Exactly this mistake was made since the last look. */
#define assert_told(code, type, w, number)         \
    do {                                           \
        told_next(code, type, (void*)(w), number); \
        assert_reports(0);                         \
    } while (0)

/* One turn, in which the loop must not find more references than these. */
static inline void turn_leaves(struct ev_loop* loop, int references)
{
    assert_int_equal(turn(loop), references);
    ev_verify(loop);
}

#endif
