/* relev_metrics_text and relev_metrics_part: labels, several loops, sizes. */

#include <errno.h>
#include <stdlib.h>

#include "metrics_help.h"

static char text[200000], again[200000];

static int part(const char* labels)
{
    errno = 0;
    return relev_metrics_part(&loop, &labels, 1, text, sizeof text);
}

static const char* const wrong[] = {
    "a",
    "a=",
    "a=b",
    "a=\"b",
    "=\"b\"",
    "1=\"b\"",
    "a-b=\"c\"",
    "a=\"b\" ",
    " a=\"b\"",
    "a=\"b\",",
    ",a=\"b\"",
    "a=\"b\"c=\"d\"",
    "a=\"b\"\"",
    "a=\"b\nc\"",
    "a=\"b\\c\"",
    "a=\"b\\",
    "a=\"\\",
    "kind=\"b\"",
    "le=\"b\"",
    "a=\"b\",kind=\"b\"",
    "a=\"b\\\"",
    "a=\"1\",le=\"b\"",
    "callback=\"b\"",
    "a=\"b\",a=\"c\"",
    "a=\"b\",c=\"d\",a=\"b\"",
    "{a=\"b\"}",
    "__name__=\"b\"", /* would be the name of the sample */
    "a=\"1\",__b=\"2\"",
    "a=\"\xe4\"", /* not UTF-8 */
    "a=\"\xc3\"",
    "a=\"\xc3z\"",
    "a=\"\x80\"",
    "a=\"\xc0\x80\"",
    "a=\"\xe0\x80\x80\"",
    "a=\"\xed\xa0\x80\"",
    "a=\"\xf4\x90\x80\x80\"",
    "a=\"\xf8\x88\x80\x80\x80\"",
};

static const char* const right[] = {
    "",
    "a=\"\"",
    "a=\"b\"",
    "kinds=\"b\",les=\"c\",l=\"d\",callbac=\"\"",
    "a=\"b\\\\c\\\"d\\ne\"",
    "a_1=\"b,c=d}\",A=\"\xc3\xa4\",aa=\"b\"",
    "_=\"\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\x7f\"",
    "a__b=\"\xf4\x8f\xbf\xbf\"",
};

static void test_metrics_labels_that_no_parser_accepts_are_refused(void** state)
{
    /* Issue 19, B17: labels are a list of NAME="VALUE", with names that are
     * different, and not the library's own. */
    (void)state;

    begin(2);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        if (part(wrong[i]) != -1 || errno != EINVAL) fail_msg("%s", wrong[i]);
        assert_int_equal(relev_metrics_text(loop, text, sizeof text, wrong[i]),
                         -1);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; ++i)
        if (part(right[i]) <= 0) fail_msg("%s", right[i]);
    assert_true(part(NULL) > 0);
    ev_loop_destroy(loop);
}

static unsigned found(const char* what)
{
    unsigned count = 0;
    for (const char* at = text; (at = strstr(at, what)); ++at) ++count;
    return count;
}

static void test_metrics_of_several_loops_are_one_text(void** state)
{
    /* Issue 19, B13: each family has one head, and samples of all loops that
     * have it. The end is left to the program. */
    struct ev_loop* loops[3];
    const char* labels[3] = {"loop=\"a\"", NULL, "loop=\"c\""};
    (void)state;

    for (int i = 0; i < 3; ++i) {
        loops[i] = ev_loop_new(EVFLAG_AUTO);
        assert_int_equal(relev_metrics_enable(loops[i], i), 0);
        for (int k = 0; k <= i; ++k) ev_run(loops[i], EVRUN_NOWAIT);
    }
    assert_true(relev_metrics_part(loops, labels, 3, text, sizeof text) > 0);
    assert_int_equal(found("# EOF"), 0);
    assert_int_equal(found("# TYPE relev_iterations counter\n"), 1);
    assert_int_equal(found("# HELP relev_iterations "), 1);
    assert_int_equal(found("relev_iterations_total 2\n"), 1);
    assert_int_equal(found("relev_iterations_total{loop=\"c\"} 3\n"), 1);
    assert_int_equal(found("\nrelev_iterations_total"), 2);
    assert_int_equal(found("\nrelev_callback_seconds_sum"), 1);
    assert_int_equal(found("loop=\"a\""), 0); /* of level 0 */

    labels[1] = labels[2], errno = 0;
    assert_int_equal(relev_metrics_part(loops, labels, 3, text, 100), -1);
    assert_int_equal(errno, EINVAL);
    labels[0] = NULL, labels[1] = "";
    assert_int_equal(relev_metrics_part(loops, labels, 3, text, 100), -1);
    assert_int_equal(relev_metrics_part(loops, NULL, 2, text, 100), -1);
    assert_int_equal(relev_metrics_part(NULL, NULL, 1, text, 100), -1);
    assert_int_equal(relev_metrics_part(loops, NULL, -1, text, 100), -1);
    assert_int_equal(relev_metrics_part(loops, NULL, 0, text, 100), 0);
    assert_string_equal(text, "");
    for (int i = 0; i < 3; ++i) ev_loop_destroy(loops[i]);
}

static void test_metrics_labels_that_name_the_same_series_are_refused(void** s)
{
    /* Issue 19, B13: the order of labels does not matter, nor a label without a
     * value, which is none: Prometheus keeps one of two such samples. */
    static const char* const same[][2] = {
        {"a=\"1\",b=\"2\"", "b=\"2\",a=\"1\""},
        {"a=\"\"", NULL},
        {"", "a=\"\",b=\"\""},
        {"a=\"1\",b=\"\"", "c=\"\",a=\"1\""},
        {"a=\"=\\\"\"", "a=\"=\\\"\""},
    };
    static const char* const other[][2] = {
        {"a=\"1\",b=\"2\"", "a=\"2\",b=\"1\""},
        {"a=\"1\"", "a=\"1\",b=\"2\""},
        {"a=\"1\",b=\"2\"", "b=\"2\""},
        {"a=\"1\"", "a=\"11\""},
        {"a=\"=\\\"\"", NULL},
    };
    struct ev_loop* loops[2];
    (void)s;

    for (int i = 0; i < 2; ++i) loops[i] = ev_loop_new(EVFLAG_AUTO);
    for (size_t i = 0; i < sizeof same / sizeof *same; ++i) {
        errno = 0;
        if (relev_metrics_part(loops, same[i], 2, text, 100) != -1
            || errno != EINVAL)
            fail_msg("the same: %s", same[i][0]);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; ++i)
        if (relev_metrics_part(loops, other[i], 2, text, 100))
            fail_msg("not the same: %s", other[i][0]);
    for (int i = 0; i < 2; ++i) ev_loop_destroy(loops[i]);
}

static void test_metrics_text_fits_every_size(void** state)
{
    /* Issue 19: every size of buffer; what does not fit is left out, and the
     * length is that of the whole. */
    int length;
    (void)state;

    begin(2);
    turn(loop);
    length = relev_metrics_text(loop, text, sizeof text, "a=\"b\"");
    assert_int_equal(strlen(text), length);
    assert_string_equal(text + length - 6, "# EOF\n");
    for (int size = 0; size <= length + 1; size += size < 300 ? 1 : 97) {
        memset(again, 'x', sizeof again);
        assert_int_equal(relev_metrics_text(loop, again, size, "a=\"b\""),
                         length);
        assert_int_equal(again[size], 'x');
        if (size) assert_int_equal(strlen(again), size - 1);
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_metrics_labels_that_no_parser_accepts_are_refused),
    ONCE(test_metrics_of_several_loops_are_one_text),
    ONCE(test_metrics_labels_that_name_the_same_series_are_refused),
    EACH(test_metrics_text_fits_every_size),
};

HARNESS_MAIN("relev_metrics_part", tests)
