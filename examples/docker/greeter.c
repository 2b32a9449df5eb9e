/* A server for a container: greets each client, and ends in order when the
 * container is stopped.
 *
 * Usage: greeter PORT
 *        nc 127.0.0.1 PORT
 * Build: cc -std=c99 -o greeter greeter.c -lev, or see Dockerfile
 *
 * Process 1 of a container is special: the kernel ignores SIGTERM and SIGINT
 * unless the program handles them.
 */
#define _POSIX_C_SOURCE 200809L

#include <ev.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_connection(struct ev_loop* loop, ev_io* w, int revents)
{
    static const char greeting[] = "welcome\n";
    int fd = accept(w->fd, NULL, NULL);

    (void)loop, (void)revents;
    if (fd < 0) return;
    /* So few bytes fit into the buffer of a new connection. */
    if (send(fd, greeting, sizeof greeting - 1, 0) < 0) perror("send");
    close(fd);
}

static void on_end(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)revents;
    printf("ended by signal %d\n", w->signum);
    ev_break(loop, EVBREAK_ALL);
}

/* A socket that listens on all addresses: 127.0.0.1 is only the container. */
static int listen_on(int port)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    address.sin_port = htons((unsigned short)port);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0
        || bind(fd, (struct sockaddr*)&address, sizeof address) < 0
        || listen(fd, SOMAXCONN) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        perror("greeter");
        exit(EXIT_FAILURE);
    }
    return fd;
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_io listener;
    ev_signal ends[2];

    setvbuf(stdout, NULL, _IOLBF, 0); /* the log is a pipe: line by line */
    signal(SIGPIPE, SIG_IGN);
    ev_signal_init(&ends[0], on_end, SIGTERM);
    ev_signal_init(&ends[1], on_end, SIGINT);
    ev_signal_start(loop, &ends[0]);
    ev_signal_start(loop, &ends[1]);
    ev_io_init(&listener, on_connection,
               listen_on(argc > 1 ? atoi(argv[1]) : 7777), EV_READ);
    ev_io_start(loop, &listener);
    printf("listening\n");

    ev_run(loop, 0);
    close(listener.fd);
    return 0;
}
