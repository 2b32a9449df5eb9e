// Writes a dump: without SIGPIPE, and without waiting for ever.

#include "dump_output.hh"

#include "text.hh"

#if EV_RELEV_ENABLE

#include <fcntl.h>
#include <limits.h>
#include <poll.h>

namespace evi { namespace {

constexpr int patience = 1;  // seconds, for somebody who reads slowly

[[gnu::cold]] sigset_t signal_pipe()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

[[gnu::cold]] void output_begin(Output& output, int fd)
{
    sigset_t pipe = signal_pipe(), pending;
    assert(!output.error);
    output.fd = fd;
    output.error = 0;
    sigpending(&pending);
    output.pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &output.mask);
}

#if defined __APPLE__ || defined __OpenBSD__

// They do not have it. Without waiting, as it is called here.
[[gnu::cold]] int sigtimedwait(const sigset_t* set, siginfo_t*, const timespec*)
{
    sigset_t pending;
    int signum = -1;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) sigwait(set, &signum);
    return signum;
}

#endif

[[gnu::cold]] void output_end(Output& output)
{
    sigset_t pipe = signal_pipe();
    timespec none = {};
    if (output.error == EPIPE && !output.pending)
        sigtimedwait(&pipe, nullptr, &none);
    pthread_sigmask(SIG_SETMASK, &output.mask, nullptr);
}

#if EV_USE_PPOLL

constexpr auto output_wait = ppoll;

#else

[[gnu::cold]] int output_wait(pollfd* one, nfds_t count,
                              const timespec* longest, const sigset_t* blocked)
{
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, blocked, &before);
    int ready = poll(one, count, static_cast<int>(longest->tv_sec) * 1000);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return ready;
}

#endif

// A line fits if there is room for a byte: it is shorter than PIPE_BUF. No
// signal handler runs meanwhile, so the wait is not longer.
[[gnu::cold]] bool output_room(int fd)
{
    sigset_t all;
    sigfillset(&all);
    pollfd one = {fd, POLLOUT, 0};
    timespec longest = {patience, 0};
    if (fd < 0) return true;  // poll ignores it
    int ready = output_wait(&one, 1, &longest, &all);
    if (!ready) errno = EAGAIN;
    return ready > 0;
}

// At most so many attempts: a write that was interrupted, or without room after
// all.
[[gnu::cold]] bool output_write(int fd, const char* bytes, int length)
{
    assert(length > 0 && length <= PIPE_BUF);
    for (int tries = 100 + length; tries && length > 0; --tries) {
        ssize_t n = -1;
        if (output_room(fd)) n = write(fd, bytes, static_cast<size_t>(length));
        else if (errno != EINTR) return false;
        if (n < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (n > 0) bytes += n, length -= static_cast<int>(n);
    }
    return !length;
}

[[gnu::cold]] void output_bytes(Output& output, const char* bytes, int length)
{
    if (output.error || output_write(output.fd, bytes, length)) return;
    output.error = errno;
}

[[gnu::cold]] void output_line(Output& output, Text& text)
{
    int length = min(text.end(), text.size - 2);
    assert(length >= 0);
    text.buffer[length++] = '\n';
    output_bytes(output, text.buffer, length);
}

// Neither a link nor a file of somebody else is followed, nor a FIFO waited
// for.
[[gnu::cold]] int output_open(const char* path, const void* loop)
{
    constexpr int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    char name[60];
    if (path) return open(path, how | O_APPEND, 0600);
    Text text = {name, sizeof name, 0};
    text.put("/tmp/relev-");
    text.put(static_cast<long long>(getpid()));
    text.put('-'), text.put(loop);
    text.put(".dump");
    text.end();
    unlink(name);
    return open(name, how | O_EXCL, 0600);
}

}}  // evi

#endif
