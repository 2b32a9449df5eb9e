/* R4.7: how much stack each function of the API uses, in a thread whose stack
 * is our own memory: painted before the call, and the deepest byte that is not
 * of that paint after it.
 *
 * stack BACKEND        prints "FUNCTION SITUATION BYTES" for each step
 * stack BACKEND small  does all steps on a stack of 16 KiB, cold
 * stack --list         the functions
 *
 * Files are made in the current directory.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "scene.h"

/* The steps: prepare_FUNCTION_SITUATION and call_FUNCTION_SITUATION. */
#define STEP(function, situation, prepare, ...)                     \
    static void prepare_##function##_##situation(void) { prepare; } \
    static void call_##function##_##situation(void) { __VA_ARGS__; }
#include "steps.h"
#undef STEP

typedef struct Step {
    const char *function, *situation;
    void (*prepare)(void);
    void (*call)(void);
} Step;

#define STEP(function, situation, prepare, ...)               \
    {#function, #situation, prepare_##function##_##situation, \
     call_##function##_##situation},
static const Step steps[] = {
#include "steps.h"
};
#undef STEP

enum {
    steps_count = sizeof steps / sizeof *steps,
    large = 1 << 18, /* so that what needs too much can be measured */
    small = 16384,   /* PTHREAD_STACK_MIN of x86 */
    guard = 65536,
    paint_byte = 0xa5,
};

static unsigned char *low, *high; /* the thread's stack */
static size_t used[steps_count], used_by_thread;
static int* step_now; /* shared with the process that runs them */

/* All of the stack that is free now. */
__attribute__((noinline)) static void paint(void)
{
    volatile unsigned char* end = __builtin_frame_address(0);
    for (volatile unsigned char* p = low; p < end - 128; ++p) *p = paint_byte;
}

__attribute__((noinline)) static unsigned char* deepest(void)
{
    unsigned char* p = low;
    while (*p == paint_byte) ++p;
    return p;
}

__attribute__((noinline)) static size_t measured(const Step* step)
{
    scene_reset();
    step->prepare();
    paint();
    step->call();
    return (size_t)((unsigned char*)__builtin_frame_address(0) - deepest());
}

/* Warm: what the loader and the library do only once is not counted. */
static void* measure_all(void* unused)
{
    used_by_thread =
        (size_t)(high - (unsigned char*)__builtin_frame_address(0));
    scene_open();
    for (int i = 0; i < steps_count; ++i) {
        measured(steps + i);
        used[i] = measured(steps + i);
    }
    scene_close();
    return unused;
}

static void* do_all(void* unused)
{
    scene_open();
    for (int i = 0; i < steps_count; ++i) {
        *step_now = i;
        scene_reset();
        steps[i].prepare();
        steps[i].call();
    }
    scene_close();
    return unused;
}

/* On a stack of that size, below which nothing may be touched. */
static void in_thread(size_t size, void* (*run)(void*))
{
    pthread_attr_t attributes;
    pthread_t thread;
    unsigned char* all =
        mmap(NULL, guard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(all != MAP_FAILED, "mmap");
    low = all + guard, high = low + size;
    must(!mprotect(low, size, PROT_READ | PROT_WRITE), "mprotect");
    must(!pthread_attr_init(&attributes), "pthread_attr_init");
    if (pthread_attr_setstack(&attributes, low, size)) exit(77);
    must(!pthread_create(&thread, &attributes, run, NULL), "pthread_create");
    must(!pthread_join(thread, NULL), "pthread_join");
    pthread_attr_destroy(&attributes);
}

/* In a process of its own, of which we tell where it ended. */
static int survive(void)
{
    int status;
    pid_t pid;
    step_now = mmap(NULL, sizeof *step_now, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(step_now != MAP_FAILED, "mmap");
    pid = fork();
    if (!pid) {
        scene_block_signals();
        in_thread(small, do_all);
        exit(0);
    }
    must(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    printf("ended by signal %d in %s, %s\n", WTERMSIG(status),
           steps[*step_now].function, steps[*step_now].situation);
    return 1;
}

static int list(void)
{
    for (int i = 0; i < steps_count; ++i) puts(steps[i].function);
    return 0;
}

int main(int argc, char** argv)
{
    if (argc > 1 && !strcmp(argv[1], "--list")) return list();
    if (argc < 2 || !scene_choose(argv[1])) return 2;
    if (argc > 2) return survive();
    scene_block_signals();
    in_thread(large, measure_all);
    printf("(thread) itself %zu\n", used_by_thread);
    for (int i = 0; i < steps_count; ++i)
        printf("%s %s %zu\n", steps[i].function, steps[i].situation, used[i]);
    return 0;
}
