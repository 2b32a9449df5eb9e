// The debug library: the same library, which also remembers each active watcher
// and what may not change in it, and reports what the program does wrong.
//
// It is another build of the same sources, with RELEV_DEBUG=1. Its memory does
// not come from the allocator of the program, which a test may count.

#ifndef EVI_DEBUG_LIBRARY_HH
#define EVI_DEBUG_LIBRARY_HH

#include "../core/c_api.hh"
#include "owner.hh"
#include "text.hh"

#if RELEV_DEBUG

#include <stddef.h>
#include <sys/types.h>

namespace evi { namespace {

// Other members that may not change, of some kinds.
struct Fixed {
    const void* address;  // a path, or another loop
    ev_tstamp interval;
};

// An active watcher. One that was stopped stays, for reports, until the table
// grows.
struct Watched {
    Watcher* w;  // null: a free slot
    bool active;
    int type;
    int priority;
    int number;  // descriptor, signal or process
    int events;
    Fixed fixed;
    const void* common;  // see common_of
    const void* callback;
    const char* function;  // that started it
    const void* caller;    // of that function
    int thread;
    dev_t device;  // of the descriptor's file; with inode 0: not known
    ino_t inode;
};

// The last bytes of the program's own members (EV_COMMON): usually `data`.
inline const void* common_of(const Watcher& w)
{
    const void* common;
    const char* end = reinterpret_cast<const char*>(&w) + offsetof(Watcher, cb);
    memcpy(&common, end - sizeof common, sizeof common);
    return common;
}

// Watchers by address: open addressing, linear probing.
//
// Invariant: size is 0 or a power of 2, and at least twice `used`.
struct WatchedTable {
    Watched* slots;
    size_t size;
    size_t used;

    Watched* find(const void* w) const;  // null: none
    Watched* put(Watcher* w);            // an old or a new one
    void free();

private:
    Watched* place(const void* w) const;
    void grow();
};

// What the library knows of a loop, which may be destroyed.
struct Record {
    Record* next;
    const void* loop;
    bool alive;
    bool ending;       // ev_loop_destroy was called: the watchers may be freed
    bool damaged;      // its invariants may be broken: not verified any more
    unsigned process;  // that may run it, as process_current
    int process_id;
    std::atomic<const void*> runner;  // the thread in ev_run; null: none
    std::atomic<int> runner_id;
    std::atomic<State> state;
    Calling calling;
    const void* done;       // the last callback that was called
    const void* destroyer;  // the caller of ev_loop_destroy
    bool ran;               // a callback called it, and returns to the loop
    Watched caller;         // then: whose callback, if it is of a watcher
    WatchedTable table;
    size_t checked;  // where the next check begins, if there are many watchers
    size_t checked_fds;
    size_t unverified;       // since when the invariants were verified
    bool complete;           // the last check was of all watchers
    const Watcher* pending;  // the last that was reported
};

extern __thread Entered entered;
extern __thread const void* calling_of;  // the loop of the innermost callback

// What a check may cost: watchers, and system calls to read them.
constexpr int check_watchers = 32;
constexpr int check_calls = 7;

// debug_options.cc: those of RELEV_DEBUG.
struct Options {
    bool abort;
    bool only_log;  // the error callback receives no findings
    bool leaks;     // ev_loop_destroy names the watchers that are active
    ev_tstamp slow;
    const char* log;  // an absolute path; null: standard error
};

extern Options options;

void line_print(const char* line, size_t size);

// Excludes other threads. False: not possible, as in a signal handler that
// interrupted the holder; nothing may be accessed then.
bool debug_lock();
bool debug_lock_soon();  // false also if it takes long
void debug_unlock();

Record* record_of(const void* loop);  // null: unknown
void runs_left();                     // this thread is in no ev_run any more
Watched watched_known(const Record&, const void* w);
void watched_drop(Record&, const void* w);

// debug_memory.cc. Nothing of this can crash, unless another thread unmaps the
// memory just then.
enum class Copy { done, unmapped, unknown };

// Copies for one check: what was found out holds for a moment only.
struct Memory {
    static constexpr uintptr_t page_least = 4096;
    static constexpr uintptr_t no_page = 8;
    static constexpr int most = 8;

    uintptr_t pages[most];  // that are readable
    int found;              // of them, so far
    int asked;              // system calls, so far
    bool answers;           // the system call says what is readable

    Copy copy(void* to, const void* from, size_t size);

private:
    bool asked_readable(uintptr_t address);
    bool page_readable(uintptr_t page);
    static Copy copy_by_kernel(void* to, const void* from, size_t size);
};

Copy memory_copy(void* to, const void* from, size_t size);
void* pages_new(size_t size);
void pages_free(void*, size_t size);

// debug_thread.cc
const void* thread_self();  // not the same as that of another live thread
int thread_id();
int process_id();
bool thread_exists(int thread);
void thread_check(Record&, Loop&, const char* function, const void* caller);
void nested_check(Record&, Loop&, const void* caller);
void destroyed_check(const Record&);  // a callback of the loop returns
void process_check(Record&, Loop&);

// debug_stack.cc. Is a function being executed whose caller's frame ends there,
// and to which it returns there? False also if that cannot be found out.
bool frame_lives(const void* frame, const void* caller);

// The start of a watcher, as read. It may contain anything.
union Image {
    unsigned char bytes[sizeof(ev_any_watcher)];
    Watcher head;
    ev_io io;
    ev_signal signal;
    ev_child child;
};

size_t image_size(int type);
int image_events(const Image&, int type);
Fixed image_fixed(const Image&, int type);

// What happened to an active watcher; null: nothing.
const char* judge(const Loop&, const Watched&, Memory&, Error&);
const char* judge(const Loop&, const Watched&, const Image&, Error&);

// debug_check.cc, debug_events.cc, debug_fd.cc
void events_check(Record&, Loop&, const void* during);
void watchers_check(Record&, Loop&, const void* during, bool all = false);
void entry_check(Record&, Loop&, const Entered&);
void files_check(Record&, Loop&);
void file_note(Watched&);

void put_started(Text&, const Watched&, bool readable);

// A finding: its text, and the watcher it is about. Findings of a caller that
// was reported already are dropped.
struct Finding {
    char buffer[1000];
    Text text;
    Report report;

    Finding(Error error, const char* what);
    void about(const Watched&);

    // "; called at ...". Making names readable allocates.
    void by(const char* function, const void* caller, bool readable = true);
    void destroyed_by(const Record&, bool readable = true);
    void during(const void* callback, bool sure);
    void started(const Watched& one) { put_started(text, one, true); }

    // To the error callback, or prints it. Without a record it is of no loop.
    void deliver(Record*, Loop&);
    void print();
};

bool reported_before(Error, const void* caller);  // that place was reported

}}  // evi

#endif

#endif
